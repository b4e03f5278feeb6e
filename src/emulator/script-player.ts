import type { EmulatorScript, Line, Reply, ScriptVariables } from './script-schema.js';

/** What a turn of the caller was made of. */
export type Heard = { kind: 'speech' } | { kind: 'text'; text: string };

/** What the script answers to a turn. */
export interface Answer {
  line: Line;
  /** The transcript of what was spoken. */
  heard: string;
  variables: ScriptVariables;
}

/** The transcript where the script gives none. */
export const UNSCRIPTED_SPEECH = '(speech)';

/** One session's way through a script. */
export class ScriptPlayer {
  readonly #script: EmulatorScript;
  /** How often the replies to each `on` were used. */
  readonly #uses: Map<string, number>;
  #begun = false;
  /** Pictures that came since the last answer. */
  #images = 0;

  constructor(script: EmulatorScript, uses: ReadonlyMap<string, number> = new Map()) {
    this.#script = script;
    this.#uses = new Map(uses);
  }

  /** Another session's way, which goes on from here. */
  copy(): ScriptPlayer {
    const copy = new ScriptPlayer(this.#script, this.#uses);
    copy.#begun = this.#begun;
    copy.#images = this.#images;
    return copy;
  }

  /** The conversation has a past: it will not be greeted. */
  skipGreeting(): void {
    this.#begun = true;
  }

  /** A picture came: the next turn is about it, if the script has a reply to one. */
  see(): void {
    this.#images += 1;
  }

  /**
   * The first reply that fits, by its `on`; replies with the same `on` are used in turn, and the last of them repeats.
   * A reply that calls a function which was not declared is passed over: the script may meet another agent.
   * @returns undefined when the script has nothing to say to it
   */
  answer(heard: Heard, declared: ReadonlySet<string>): Answer | undefined {
    const isFirst = !this.#begun;
    this.#begun = true;
    if (isFirst && heard.kind === 'text' && this.#script.greeting) {
      return { line: this.#script.greeting, heard: '', variables: { text: heard.text } };
    }
    const images = this.#images;
    this.#images = 0;
    const usable = this.#script.replies.filter((reply) => callsOnly(reply, declared));
    for (const reply of usable) {
      const variables = match(reply, heard, images);
      if (!variables) continue;
      const key = keyOf(reply);
      const sequence = usable.filter((other) => keyOf(other) === key);
      const used = this.#uses.get(key) ?? 0;
      this.#uses.set(key, used + 1);
      const chosen = sequence[Math.min(used, sequence.length - 1)] ?? reply;
      return { line: chosen, heard: chosen.heard ?? UNSCRIPTED_SPEECH, variables };
    }
    return undefined;
  }
}

function callsOnly(line: Line, declared: ReadonlySet<string>): boolean {
  const calls = line.call ?? [];
  return calls.every(({ name }) => declared.has(name)) && (!line.then || callsOnly(line.then, declared));
}

/** What makes two replies answers to the same thing. */
function keyOf({ on }: Reply): string {
  if (on === undefined || typeof on === 'string') return on ?? 'anything';
  return 'text' in on ? `text ${on.text.source}` : `digits ${on.digits.source}`;
}

/** @returns the variables of a match, or undefined */
function match({ on }: Reply, heard: Heard, images: number): ScriptVariables | undefined {
  const text = heard.kind === 'text' ? heard.text : '';
  if (on === 'image') return images > 0 ? { text, images } : undefined;
  if (on === undefined || on === heard.kind) return { text };
  if (heard.kind === 'speech' || typeof on === 'string') return undefined;
  const found = 'text' in on ? on.text.exec(text) : on.digits.exec(keysIn(text));
  return found ? { text, match: { ...found.groups } } : undefined;
}

/** The keys in a text such as "The caller pressed: 12#"; empty when it speaks of none. */
function keysIn(text: string): string {
  if (!/press|key|digit|dtmf/i.test(text)) return '';
  return /(?<![\p{L}\p{N}])[0-9*#]+(?![\p{L}\p{N}])/u.exec(text)?.[0] ?? '';
}
