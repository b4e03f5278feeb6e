import { z } from 'zod';

const MOMENTS = [
  'upgrade',
  'setup',
  'resume',
  'ready',
  'speech',
  'speech_end',
  'turn',
  'audio',
  'tool_call',
  'call_audio',
  'tool_answer',
  'interrupted',
  'turn_complete',
  'compressed',
] as const;

const REPLY_FAULTS = ['ignored', 'empty', 'silent', 'unfinished', 'cut', 'frozen', 'unnoticed'] as const;

const ACTS = ['http', 'close', 'drop', 'stall', 'send', 'go_away', 'wait_ms', 'reply', 'cancel', 'repeat'] as const;

/** Where an act means something; an act that is not here strikes anywhere but at the upgrade. */
const PLACES: Partial<Record<(typeof ACTS)[number], readonly string[]>> = {
  http: ['upgrade'],
  wait_ms: ['upgrade', 'setup', 'turn', 'audio', 'tool_answer'],
  cancel: ['tool_call', 'call_audio', 'tool_answer'],
};
const REPLY_PLACES: Record<(typeof REPLY_FAULTS)[number], readonly string[]> = {
  ignored: ['turn', 'tool_answer'],
  empty: ['turn'],
  silent: ['turn'],
  unfinished: ['turn'],
  cut: ['audio'],
  frozen: ['audio'],
  unnoticed: ['speech_end'],
};

export const closeFrame = z.strictObject({
  code: z.int().min(1000).max(4999),
  reason: z.string().default(''),
});

/** Something that goes wrong: when, how often, and what. */
export const fault = z
  .strictObject({
    /**
     * `upgrade`: the HTTP request; `setup`: instead of `setupComplete`; `resume`: the same, with a handle; `ready`:
     * after it; `speech`, `speech_end`: the caller begins to speak, has finished; `turn`: a reply begins; `audio`: a reply's speech was sent up to
     * `audio_ms`; `tool_call`: after it was sent; `call_audio`: audio of the caller comes while a blocking call is
     * open; `tool_answer`: one arrived; `interrupted`, `turn_complete`: after it was sent; `compressed`: the context was.
     */
    at: z.enum(MOMENTS),
    /** The first occurrence it strikes, counted over all sessions from 1. */
    nth: z.int().min(1).default(1),
    /** How many occurrences it strikes. */
    times: z
      .union([z.int().min(1), z.literal('always')])
      .default(1)
      .transform((times) => (times === 'always' ? Infinity : times)),
    /** Only with `at: audio`: how much of the reply goes out first. */
    audio_ms: z.int().min(0).default(0),
    delay_ms: z.int().min(0).default(0),
    /** Refuses the upgrade with this status. */
    http: z.int().min(400).max(599).optional(),
    close: closeFrame.optional(),
    /** Cuts the TCP connection without a close frame. */
    drop: z.literal(true).optional(),
    /** Says nothing more, and reads nothing more. */
    stall: z.literal(true).optional(),
    /** Sends this message; a text is sent as it stands, valid JSON or not. */
    send: z.union([z.string(), z.record(z.string(), z.json())]).optional(),
    /** Announces the end, and ends the connection when `left_ms` are over; `tell: false` leaves out `timeLeft`. */
    go_away: z
      .strictObject({
        left_ms: z.int().min(0).default(60_000),
        tell: z.boolean().default(true),
        /** Default: as the service does. */
        close: closeFrame.optional(),
      })
      .optional(),
    /** What follows comes so much later. */
    wait_ms: z.int().min(1).optional(),
    /**
     * What becomes of the reply. `ignored`: there is none; `empty`: a bare `turnComplete`; `silent`: audio of zeros;
     * `unfinished`: no `turnComplete`; `cut`: its end comes here; `frozen`: nothing more of it comes;
     * `unnoticed`: there is none until audio pauses (`audioStreamEnd`) or two seconds of it were silent.
     */
    reply: z.enum(REPLY_FAULTS).optional(),
    /** The `turnCompleteReason` of an `empty` reply. */
    reason: z.string().min(1).optional(),
    /** Calls off every open function call; `repeat`: and makes each again, under another id. */
    cancel: z.union([z.literal(true), z.literal('repeat')]).optional(),
    /** Sends the last message once more. */
    repeat: z.literal(true).optional(),
  })
  .superRefine((value, context) => {
    const mistake = mistakeIn(value);
    if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
  });

export type Fault = z.output<typeof fault>;
export type FaultMoment = Fault['at'];
export type ReplyFault = NonNullable<Fault['reply']>;

function mistakeIn(
  value: Record<string, unknown> & { at: string; reply?: ReplyFault | undefined },
): string | undefined {
  const acts = ACTS.filter((act) => value[act] !== undefined);
  const [act] = acts;
  if (acts.length !== 1 || !act) return `exactly one of ${ACTS.join(', ')}`;
  const places = value.reply ? REPLY_PLACES[value.reply] : PLACES[act];
  const name = value.reply ? `reply: ${value.reply}` : act;
  if (places && !places.includes(value.at)) return `\`${name}\` goes with \`at: ${places.join('\`, \`')}\``;
  if (!places && value.at === 'upgrade') return '`at: upgrade` takes `http` or `wait_ms`';
  if (value['reason'] !== undefined && value.reply !== 'empty') return '`reason` goes with `reply: empty`';
  const isNow = value.reply !== undefined || act === 'wait_ms' || act === 'http';
  return isNow && value['delay_ms'] !== 0 ? `\`${name}\` takes no \`delay_ms\`` : undefined;
}
