import { dirname, resolve } from 'node:path';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AgentsWatcher, startAgentsWatcher } from './agents/agents-watcher.js';
import { Call } from './call/call.js';
import type { CallEvent, CallObserver } from './call/events.js';
import type { AcceptCallerLeg, CallStart } from './call/ports.js';
import { CallRegistry } from './call/registry.js';
import { type Clock, createSystemClock } from './clock.js';
import { CallError, LivelineError } from './errors.js';
import { createApp } from './http/app.js';
import { EventFeed } from './http/event-feed.js';
import type { LineInfo } from './http/line-info.js';
import { PhoneTickets } from './http/phone-tickets.js';
import { type AuthorizeStream, phoneDoor, routeUpgrades, twilioDoor } from './http/upgrades.js';
import { listen } from './listen.js';
import type { LiveService } from './live/live-service.js';
import { callLog } from './observability/call-log.js';
import type { Log } from './observability/log.js';
import { Admission } from './server/admission.js';
import { maskSecrets, maskText } from './observability/mask-secrets.js';
import { startAfterCalls } from './server/after-calls.js';
import { AgentRuntimes } from './server/agent-runtimes.js';
import { type EmbeddedModel, startEmbeddedModel } from './server/embedded-model.js';
import { type CarrierDesk, createCarrierDesk } from './server/carrier-desk.js';
import { hangingUpByRest } from './server/hang-up-by-rest.js';
import { McpServers } from './server/mcp-servers.js';
import { startMessageDesk } from './server/message-desk.js';
import type { Outbound } from './server/outbound.js';
import { Resources } from './server/resources.js';
import { createGuardedDispatchers } from './tools/guarded-dispatcher.js';
import { createModuleLibrary, type ModuleLibrary } from './tools/module-library.js';
import type { ToolLogWriter } from './tools/module-tool.js';
import { acceptTwilioCaller, type MediaSocket } from './twilio/caller-leg.js';
import type { TwilioAccount } from './twilio/account.js';
import { createOrderSeal } from './twilio/outbound-order.js';
import { createTransferSeal } from './twilio/transfer-order.js';
import { createTwilioRest, type TwilioRest } from './twilio/rest.js';
import { createSignatureCheck } from './twilio/signature.js';
import { createStreamTokens, type StreamTokens, streamSecrets, TOKEN_PARAMETER } from './twilio/stream-token.js';
import { readStreamParameters } from './twilio/voice-request.js';
import type { StreamStart } from './twilio/wire.js';

/** How long running calls may go on after `stop`; Cloud Run kills ten seconds after SIGTERM. */
const STOP_GRACE_MS = 6_000;
/** A stream of an MCP server is begun anew after so much. */
const MAX_MCP_RESPONSE_BYTES = 4 * 1024 * 1024;

export interface ServerOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  agentsFile: string;
  /** Where `${VAR}` in the agents file is looked up. */
  variables: Readonly<Record<string, string | undefined>>;
  publicUrl?: string;
  twilio: TwilioAccount;
  /** Where conversations go; `emulator` is the one in this process. */
  model:
    | { kind: 'gemini-api'; apiKey: string; baseUrl?: string }
    | { kind: 'vertex-ai'; apiKey?: string; project?: string; location?: string; baseUrl?: string }
    | { kind: 'emulator' };
  secret?: string;
  apiToken?: string;
  maxCalls: number;
  /** Where what is kept between runs goes; made when it is needed. */
  dataDir: string;
  /** Caller audio in one message to the model, in milliseconds. */
  uplinkMs: number;
  log: Log;
  /** Further observers of every call's events. */
  observers?: readonly CallObserver[];
  clock?: Clock;
}

/** A running server. Disposing stops it. */
export interface LivelineServer extends AsyncDisposable {
  /** `http://host:port` as seen from this machine. */
  readonly url: string;
  /** Calls that are running, or whose sockets are not gone yet. */
  readonly liveCalls: number;
  /** Timers that calls and the server still owe; 0 after `stop`. */
  readonly pendingTimers: number;
  /** The agents there are now, and which service answers. */
  lineInfo(): LineInfo;
  /**
   * Answers a caller in this process, who comes through none of the doors.
   * @throws CallError CALL_CAPACITY
   */
  takeCall(acceptCaller: AcceptCallerLeg): Call;
  /** No new calls; running ones may end by themselves for a moment and are then ended. Resolves when all is gone. */
  stop(): Promise<void>;
}

/**
 * Starts everything and joins it: the only place where all rooms meet.
 * @throws ConfigError when the agents file cannot be used; LivelineError when the port is taken
 */
export async function startServer(options: ServerOptions): Promise<LivelineServer> {
  const clock = options.clock ?? createSystemClock();
  await using started = new Resources();
  const { http, port, ready } = await openPort(options);
  started.defer(() => close(http));

  const embedded = options.model.kind === 'emulator' ? started.use(await startEmbeddedModel(clock)) : undefined;
  const service = liveServiceOf(options.model, embedded);
  const dispatchers = started.use(createGuardedDispatchers());
  const modules = createModuleLibrary(clock);
  const toolLog: ToolLogWriter = (level, about, text) => options.log[level](about, maskText(text, runtimes.secrets));
  const mcp = startMcpServers(options, clock, started);
  const parts = { service, clock, dispatchers, modules, mcp, toolLog };
  const runtimes = new AgentRuntimes({ ...parts, uplinkMs: options.uplinkMs });
  const agents = started.use(await watchAgents(options, { service, runtimes, clock, modules, port }));
  await runtimes.replace(agents.current);
  await mcp.settled();

  const calls = new CallRegistry(options.maxCalls);
  const feed = new EventFeed();
  const { log } = options;
  const reports = { clock, dispatchers, log, runtimes, dataDir: options.dataDir };
  const afterCalls = started.use(await startAfterCalls(reports, agents.current.agents));
  const followers = [feed.observe, afterCalls.observe, (event: CallEvent) => carrier.outbound.observe(event)];
  const observe = observeMasked([callLog(log), ...followers, ...(options.observers ?? [])], runtimes);
  const { tokens, signatures, ...twilio } = createTwilioParts(options, clock);
  const { rest } = twilio;
  const door = { calls, tokens, signatures, publicUrl: options.publicUrl };
  const messages = started.use(startMessageDesk(options.twilio, { calls, clock, log }));
  const tickets = new PhoneTickets(tokens);
  const carrier = started.use(createCarrierDesk({ ...twilio, clock, runtimes, calls, log, observe }));
  const desk = { clock, runtimes, calls, observe, carrier };
  const lineInfo = () => ({ service: options.model.kind, agents: runtimes.describe() });
  const admission = new Admission(clock, (wanted) => runtimes.config(wanted));
  routeUpgrades(http, {
    doors: [
      twilioDoor({ ...door, authorize: (start) => authorizeByToken(start, { tokens, calls, log }) }),
      phoneDoor({ ...door, tickets }),
    ],
    hasRoom: () => calls.hasRoom,
    onStream: (socket, authorize) => answer(acceptTelephone({ socket, authorize, clock, rest, log }), desk),
  });
  ready(
    createApp({
      ...door,
      feed,
      tickets,
      lineInfo,
      apiToken: options.apiToken,
      sampleApi: embedded !== undefined,
      findAgent: (wanted) => runtimes.find(wanted),
      ...carrier,
      admit: (wanted, caller) => admission.admit(wanted, caller),
      onMessage: (message) => messages.take(message),
      onTurnedAway: (callSid, why) => log.info({ callSid }, `a call was turned away: ${why}`),
      onFault: (error) => options.log.error({ err: error }, 'a request failed'),
    }),
  );
  const resources = started.move();
  const takeCall: LivelineServer['takeCall'] = (caller) => take(caller, desk);
  return runningServer({ port, options, clock, calls, outbound: carrier.outbound, resources, lineInfo, takeCall });
}

/** Observers see no secret of the agents file, whatever a tool was told or answered. */
function observeMasked(observers: readonly CallObserver[], runtimes: AgentRuntimes): CallObserver {
  return (event) => {
    const shown = maskSecrets(event, runtimes.secrets);
    observers.forEach((observe) => observe(shown));
  };
}

/** Listens; requests that come before `ready` was called with their handler wait for it. */
async function openPort(address: { port: number; host: string }) {
  const http = createServer();
  let ready: (handler: (request: IncomingMessage, response: ServerResponse) => void) => void = () => undefined;
  const handler = new Promise<Parameters<typeof ready>[0]>((resolve) => (ready = resolve));
  http.on('request', (request, response) => void handler.then((handle) => handle(request, response)));
  return { http, port: await listen(http, address), ready };
}

/** A carrier's stream proves by its token whose call it is. */
function authorizeByToken(
  start: StreamStart,
  { tokens, calls, log }: { tokens: StreamTokens; calls: CallRegistry; log: Log },
): CallStart | undefined {
  const { [TOKEN_PARAMETER]: token, ...parameters } = start.customParameters;
  const verdict = tokens.redeem(token, { ...start, parameters });
  if (verdict === 'accepted') {
    // The carrier has one stream a call. If it opened another, the first is lost, whatever its socket thinks.
    calls.find(start.callSid)?.end('caller-lost');
    return readStreamParameters({ ...start, customParameters: parameters });
  }
  log.warn({ callSid: start.callSid }, `a stream was refused: its token is ${verdict}`);
  return undefined;
}

/** The caller at the other end of a stream. */
function acceptTelephone(parts: {
  socket: MediaSocket;
  authorize: AuthorizeStream;
  clock: Clock;
  rest: TwilioRest | undefined;
  log: Log;
}): AcceptCallerLeg {
  const { socket, authorize, clock, rest, log } = parts;
  const onFailed = (error: LivelineError) => log.warn({ callSid: error.callSid }, error.detail);
  const accept = acceptTwilioCaller({ socket, clock, authorize });
  return rest ? hangingUpByRest(accept, { rest, clock, onFailed }) : accept;
}

/** What a call is made with. */
interface Desk {
  clock: Clock;
  runtimes: AgentRuntimes;
  calls: CallRegistry;
  observe: CallObserver;
  carrier: CarrierDesk;
}

function take(acceptCaller: AcceptCallerLeg, desk: Desk): Call {
  if (desk.calls.hasRoom) return answer(acceptCaller, desk);
  throw new CallError('CALL_CAPACITY', 'every line is taken; try again in a moment');
}

/** Gives a caller a call. */
function answer(acceptCaller: AcceptCallerLeg, { clock, runtimes, calls, observe, carrier }: Desk): Call {
  const call = new Call({
    clock,
    acceptCaller,
    planCall: (start) => {
      const runtime = runtimes.find({ name: start.agent });
      if (!runtime)
        throw new CallError('CALL_REFUSED', 'its agent is no longer configured', { callSid: start.callSid });
      return runtime.plan(start);
    },
    observe,
    ...carrier.ofCalls,
    pastOf: (callSid) => calls.takePast(callSid),
    onEnded: (callSid, outcome) => calls.rememberOutcome(callSid, outcome),
  });
  calls.add(call);
  return call;
}

function startMcpServers({ agentsFile, log }: ServerOptions, clock: Clock, started: Resources): McpServers {
  const dispatchers = started.use(createGuardedDispatchers({ maxResponseBytes: MAX_MCP_RESPONSE_BYTES }));
  const folder = dirname(resolve(agentsFile));
  return started.use(new McpServers({ clock, dispatchers, folder, log: (level, text) => log[level](text) }));
}

async function watchAgents(
  options: ServerOptions,
  parts: { service: LiveService; runtimes: AgentRuntimes; clock: Clock; modules: ModuleLibrary; port: number },
): Promise<AgentsWatcher> {
  const { agentsFile, log } = options;
  const { service, runtimes, clock, modules, port } = parts;
  const sample = options.model.kind === 'emulator' ? { SAMPLE_API_URL: `http://127.0.0.1:${port}/sample` } : {};
  const watcher = await startAgentsWatcher(
    agentsFile,
    {
      env: { ...sample, ...options.variables },
      backend: service.backend,
      loadModule: (file, exportName) => modules.load(file, exportName),
      clock,
      onBroken: (error) =>
        log.error(`the agents file changed and cannot be used; calls go on with the old one: ${error.detail}`),
    },
    async (agents) => {
      await runtimes.replace(agents);
      log.info(`the agents file changed: new calls are answered by it`);
    },
  );
  for (const { file, line, column, message } of watcher.current.warnings)
    log.warn(`${file}:${line}:${column} ${message}`);
  return watcher;
}

function liveServiceOf(model: ServerOptions['model'], embedded: EmbeddedModel | undefined): LiveService {
  if (embedded || model.kind === 'emulator') {
    if (!embedded) throw new LivelineError('INTERNAL', 'the embedded model was not started');
    return embedded.service;
  }
  const { kind, ...settings } = model;
  return { backend: kind, ...settings };
}

/** What proves itself by Twilio's secrets, or by ours. */
function createTwilioParts({ twilio, secret }: ServerOptions, clock: Clock) {
  const { authTokens, accountSid } = twilio;
  const secrets = streamSecrets({ livelineSecret: secret, authTokens });
  return {
    tokens: createStreamTokens({ secrets, clock }),
    seal: createOrderSeal(secrets),
    transferSeal: createTransferSeal(secrets),
    signatures: authTokens.length > 0 ? createSignatureCheck({ authTokens }) : undefined,
    hasCarrier: authTokens.length > 0,
    isLocalCarrier: twilio.apiBaseUrl !== undefined,
    rest: accountSid === undefined ? undefined : twilioRest(accountSid, twilio),
  };
}

/** REST is used where its credentials are complete; an API key is preferred. */
function twilioRest(accountSid: string, twilio: TwilioAccount): TwilioRest | undefined {
  const { apiKeySid, apiKeySecret, authTokens, apiBaseUrl } = twilio;
  const hasKey = apiKeySid !== undefined && apiKeySecret !== undefined;
  if (!hasKey && authTokens.length === 0) return undefined;
  return createTwilioRest({ accountSid, apiKeySid, apiKeySecret, authToken: authTokens[0], baseUrl: apiBaseUrl });
}

function close(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

function runningServer(parts: {
  port: number;
  options: ServerOptions;
  clock: Clock;
  calls: CallRegistry;
  outbound: Outbound;
  resources: Resources;
  lineInfo: LivelineServer['lineInfo'];
  takeCall: LivelineServer['takeCall'];
}): LivelineServer {
  const { port, options, clock, calls, outbound, resources, lineInfo, takeCall } = parts;
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    // Who has not begun to speak to anyone has nothing to finish.
    for (const call of calls.calls()) if (call.state === 'awaiting-start') call.end('server-stopping');
    const grace = clock.after(STOP_GRACE_MS, () => calls.calls().forEach((call) => call.end('server-stopping')));
    await Promise.all([calls.drain(), outbound.stop()]);
    grace.cancel();
    await resources[Symbol.asyncDispose]();
  }
  const everywhere = options.host === '0.0.0.0' || options.host === '::';
  const host = everywhere ? 'localhost' : options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    get liveCalls() {
      return calls.size;
    },
    get pendingTimers() {
      return clock.pendingTimers;
    },
    lineInfo,
    takeCall,
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
}
