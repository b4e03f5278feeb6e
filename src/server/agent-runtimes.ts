import { routeAgent, type LoadedAgents } from '../agents/route-agent.js';
import type { PriceTable } from '../agents/schema/prices-schema.js';
import type { AgentConfig } from '../agents/schema/schema.js';
import { type CreateVoiceDetector, loadVoiceDetector } from '../audio/voice-detector.js';
import type { CallPlan } from '../call/plan.js';
import type { CallStart, OpenModelLeg } from '../call/ports.js';
import type { LineInfo } from '../http/line-info.js';
import { LivelineError } from '../errors.js';
import { createLiveCredentials, type LiveCredentials } from '../live/credentials.js';
import type { LiveService } from '../live/live-service.js';
import { createModelLegOpener } from '../live/model-leg.js';
import { bareModelId, findModelProfile, modelProfile } from '../models/profiles.js';
import { parseTemplate } from '../template.js';
import type { Toolbox } from '../tools/tool.js';
import { sessionSettings } from './agent-session.js';
import { healthSettings } from './health-settings.js';
import type { McpServers } from './mcp-servers.js';
import { modelPrices } from './model-prices.js';
import type { ToolParts } from './agent-tools.js';
import { createEquipment } from './equipment.js';
import { createLookup } from './before-call.js';
import { createOpening } from './call-opening.js';
import { callVariables } from './call-variables.js';
import { turnPlan } from './turn-plan.js';

const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;

/** An agent made ready: its templates parsed, its tools built. */
export interface AgentRuntime {
  readonly name: string;
  readonly fallback: AgentConfig['fallback'];
  readonly disclosure: AgentConfig['disclosure'];
  plan(start: CallStart): CallPlan;
}

export interface AgentRuntimesOptions extends ToolParts {
  service: LiveService;
  mcp: McpServers;
  /** Caller audio in one message to the model, in milliseconds. */
  uplinkMs: number;
}

/** The agents as they answer calls now. Calls that run keep what they began with. */
export class AgentRuntimes {
  readonly #options: AgentRuntimesOptions;
  readonly #credentials: LiveCredentials;
  #loaded: LoadedAgents | undefined;
  #runtimes = new Map<string, AgentRuntime>();
  #createDetector: CreateVoiceDetector | undefined;

  constructor(options: AgentRuntimesOptions) {
    this.#options = options;
    this.#credentials = createLiveCredentials(options.service);
  }

  /**
   * New calls are answered by these agents from here on.
   * @throws ConfigError when a tool cannot be built; the agents stay as they were
   */
  async replace(loaded: LoadedAgents): Promise<void> {
    const hasLocalTurns = [...loaded.agents.values()].some(({ turn }) => turn.detection === 'local');
    if (hasLocalTurns) this.#createDetector = await loadVoiceDetector();
    const runtimes = [...loaded.agents.values()].map((agent) => this.#prepare(agent, loaded.prices));
    this.#runtimes = new Map(runtimes.map((runtime) => [runtime.name, runtime]));
    this.#loaded = loaded;
    this.#options.mcp.follow([...loaded.agents.values()].flatMap(({ tools }) => tools));
  }

  /** What observers must not see of the agents; the longest first. */
  get secrets(): readonly string[] {
    return this.#loaded?.secrets ?? [];
  }

  /** The settings of the agents there are. */
  get configs(): AgentConfig[] {
    return [...(this.#loaded?.agents.values() ?? [])];
  }

  /** The agents there are, for people who choose. */
  describe(): LineInfo['agents'] {
    const { defaultAgent } = this.#loaded ?? {};
    return this.configs.map(({ name, model, fallback, greeting, disclosure }) => ({
      name,
      model,
      isDefault: name === defaultAgent?.name,
      greets: greeting !== undefined,
      fallback: fallback.say,
      ...(disclosure && { disclosure: disclosure.play ?? `“${disclosure.say ?? ''}”` }),
    }));
  }

  /** The agent asked for by name, or by the called number, or the default one. */
  find(wanted: { name?: string; calledNumber?: string }): AgentRuntime | undefined {
    const agent = this.config(wanted);
    return agent && this.#runtimes.get(agent.name);
  }

  /** As `find`, the agent's settings. */
  config(wanted: { name?: string; calledNumber?: string }): AgentConfig | undefined {
    return this.#loaded && routeAgent(this.#loaded, wanted);
  }

  /** What holds for calls that any agent makes. */
  get outbound(): LoadedAgents['outbound'] {
    if (!this.#loaded) throw new LivelineError('INTERNAL', 'the agents were not loaded');
    return this.#loaded.outbound;
  }

  #prepare(agent: AgentConfig, priceTable: PriceTable | undefined): AgentRuntime {
    const { clock, service, uplinkMs } = this.#options;
    const instructions = parseTemplate(agent.instructions);
    const opening = createOpening(agent);
    const prices = modelPrices(priceTable, agent.model);
    const profile = modelProfile(agent.model);
    const equip = createEquipment(agent, profile, this.#options);
    const health = healthSettings(agent, profile);
    const lookUp = createLookup(agent, this.#options);
    const createOpener = (asked: AgentConfig, variables: Record<string, unknown>, toolbox: Toolbox) =>
      createModelLegOpener({
        service,
        credentials: this.#credentials,
        profile: profile,
        settings: sessionSettings(asked, instructions.render(variables), toolbox.declarations),
        clock,
      });
    const holdSound = agent.hold === undefined ? undefined : agent.sounds.get(agent.hold);
    return {
      name: agent.name,
      fallback: agent.fallback,
      disclosure: agent.disclosure,
      plan: (start) => {
        const variables = callVariables(start, clock);
        const { toolbox, waitsFor, toolServers } = equip();
        const asked = start.inWriting ? inWriting(agent) : agent;
        const begins = opening(start, variables);
        let opener: OpenModelLeg | undefined;
        return {
          agent: agent.name,
          // What was looked up is part of the instructions and the greeting: they are rendered when they are needed.
          openModel: (request, handlers) => (opener ??= createOpener(asked, variables, toolbox))(request, handlers),
          ...(lookUp && { lookUp: (signal: AbortSignal) => lookUp(start.callSid, variables, signal) }),
          // Who types is silent for as long as it takes.
          ...(start.inWriting ? {} : silenceLimits(agent)),
          whileRunning: waitsFor,
          maxCallMs: agent.limits.max_call_minutes * MS_PER_MINUTE,
          ...(health && { health }),
          ...(holdSound && { awaySound: holdSound }),
          ...(prices && { prices }),
          ...(agent.session.resume !== false && { resumesWith: bareModelId(agent.model) }),
          get greeting() {
            return begins.greeting();
          },
          ...begins.rules,
          bargeIn: agent.turn.barge_in,
          answersInText: asked.modality === 'text',
          turns: turnPlan(agent, this.#createDetector),
          tellCutOff: agent.turn.tell_cut_off,
          digits: agent.dtmf,
          keepTranscript: asked.transcription,
          uplinkMs,
          tools: toolbox,
          ...(toolServers && { toolServers }),
          repeatsCancelledCalls: profile.repeatsCancelledCalls === true,
          holdsMicrophoneFor: (name) => profile.gatesMicrophoneDuringTools === true && waitsFor(name).blocks,
          variables,
        };
      },
    };
  }
}

/** An agent for someone who reads: it answers in text if its model is known to, and else by what is transcribed. */
function inWriting(agent: AgentConfig): AgentConfig {
  const writes = findModelProfile(agent.model)?.modalities.includes('TEXT') === true;
  return {
    ...agent,
    modality: writes ? 'text' : agent.modality,
    transcription: { ...agent.transcription, caller: true, agent: true },
  };
}

function silenceLimits({ limits }: AgentConfig): Pick<CallPlan, 'noInput'> {
  const { no_input: noInput } = limits;
  if (!noInput) return {};
  return {
    noInput: {
      promptAfterMs: noInput.prompt_after_s * MS_PER_SECOND,
      hangUpAfterMs: noInput.hang_up_after_s * MS_PER_SECOND,
    },
  };
}
