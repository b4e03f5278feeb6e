import { batch, computed, signal } from '@preact/signals';
import type { CallEvent } from '../call/events.js';
import { type CallView, NEW_CALL, withEvent } from './call-view.js';
import { LevelHistory } from './level-history.js';
import { askLine, rememberToken } from './line/line-api.js';
import { LineCall } from './line/line-call.js';
import type { LineInfo, LineProblem, MicrophoneProblem, Phase, ServerState } from './phone-state.js';
import { withTelephoneRemarks } from './telephone-remarks.js';

/** How often the server is asked whether it is there, and which agents it has now. */
const WATCH_MS = 4_000;
const WATCH_GONE_MS = 2_000;
const TICK_MS = 250;
/** More answers than any chart shows; older ones no longer count. */
const MAX_LATENCIES = 100;

/** What a server that answers, but not with its line, is. */
const REFUSALS: Readonly<Record<number, ServerState>> = { 401: 'locked', 403: 'closed', 404: 'absent' };

/** All that the page shows, and all that can be done with it. */
export class DeskPhone {
  readonly server = signal<ServerState>('unknown');
  readonly tokenRejected = signal(false);
  readonly line = signal<LineInfo | undefined>(undefined);
  readonly chosenAgent = signal<string | undefined>(undefined);
  readonly agent = computed(() => {
    const agents = this.line.value?.agents ?? [];
    const chosen = agents.find(({ name }) => name === this.chosenAgent.value);
    return chosen ?? agents.find(({ isDefault }) => isDefault) ?? agents[0];
  });

  readonly phase = signal<Phase>('idle');
  readonly calling = computed(() => this.phase.value === 'dialling' || this.phase.value === 'in-call');
  readonly view = signal(NEW_CALL);
  /** Whose call is shown, also when another agent is chosen after it. */
  readonly speaker = computed(() => this.view.value.agent ?? this.agent.value?.name ?? 'Agent');
  /** What went wrong on this side of the line. */
  readonly problem = signal<LineProblem | undefined>(undefined);
  /** `undefined` before the first call, and when it works. */
  readonly microphoneProblem = signal<MicrophoneProblem | undefined>(undefined);
  readonly muted = signal(false);
  readonly elapsedMs = signal(0);
  readonly latenciesMs = signal<readonly number[]>([]);
  readonly levels = new LevelHistory();

  #call: LineCall | undefined;
  /** Counts calls: what still comes of an earlier one is not shown. */
  #calls = 0;
  #tick: ReturnType<typeof setInterval> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** Asks the server what there is, now and again for as long as the page is open. */
  watchServer(): void {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.#ask();
    });
    void this.#ask();
  }

  /** To be called while the user's click is being handled. */
  call(): void {
    const agent = this.agent.value;
    if (this.#call || !agent) return;
    this.levels.clear();
    batch(() => {
      this.phase.value = 'dialling';
      this.view.value = NEW_CALL;
      this.problem.value = undefined;
      this.microphoneProblem.value = undefined;
      this.muted.value = false;
      this.elapsedMs.value = 0;
      this.latenciesMs.value = [];
    });
    this.#call = this.#dial(agent.name);
  }

  hangUp(): void {
    this.#call?.hangUp();
  }

  press(digit: string): void {
    if (this.phase.value === 'in-call') this.#call?.press(digit);
  }

  setMuted(muted: boolean): void {
    this.muted.value = muted;
    if (this.#call) this.#call.muted = muted;
  }

  /** @returns whether the agent was given the line */
  async say(text: string): Promise<boolean> {
    const answer = await this.#call?.say(text);
    return answer?.kind === 'given';
  }

  unlock(token: string): void {
    rememberToken(token);
    void this.#ask().then(() => (this.tokenRejected.value = this.server.value === 'locked'));
  }

  #dial(agent: string): LineCall {
    this.#calls += 1;
    const number = this.#calls;
    const show = (view: CallView) => {
      if (number === this.#calls) this.view.value = view;
    };
    return new LineCall(agent, {
      onMicrophone: (problem) => (this.microphoneProblem.value = problem),
      onStarted: () => this.#started(),
      onRestart: () => show(NEW_CALL),
      onEvent: (event) => show(this.#after(event)),
      onLevels: (caller, agentLevel) => this.levels.push(caller, agentLevel),
      onLatency: (ms) => (this.latenciesMs.value = [...this.latenciesMs.value, ms].slice(-MAX_LATENCIES)),
      onOver: (problem) => this.#over(problem),
    });
  }

  #after(event: CallEvent): CallView {
    return withTelephoneRemarks(withEvent(this.view.value, event), event, this.line.value?.agents ?? []);
  }

  #started(): void {
    this.phase.value = 'in-call';
    const since = performance.now();
    this.#tick = setInterval(() => (this.elapsedMs.value = performance.now() - since), TICK_MS);
  }

  #over(problem: LineProblem | undefined): void {
    clearInterval(this.#tick);
    this.#call = undefined;
    batch(() => {
      this.phase.value = 'over';
      this.muted.value = false;
      this.problem.value = problem;
    });
    void this.#ask();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#watch);
    const answer = await askLine();
    clearTimeout(this.#watch);
    if (answer.kind === 'given') {
      this.line.value = answer.value;
      this.server.value = 'there';
    } else if (answer.kind === 'unreachable') {
      this.server.value = 'gone';
    } else {
      this.server.value = REFUSALS[answer.status] ?? 'failing';
    }
    const waitMs = this.server.value === 'there' ? WATCH_MS : WATCH_GONE_MS;
    this.#watch = setTimeout(() => void this.#ask(), waitMs);
  }
}
