import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { LivelineError } from '../errors.js';

export type Log = Logger;

export interface LogOptions {
  level: LoggerOptions['level'] & string;
  /** `pretty` falls back to `json` where pino-pretty, an optional dependency, is not installed. */
  format: 'pretty' | 'json';
  /** Default: stdout. */
  destination?: DestinationStream;
}

/** Severities of Cloud Logging: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITIES: Record<string, string> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/** A second net: nobody is meant to log these, and whoever does all the same finds them gone. */
const PRIVATE_KEYS = new Set([
  'pii',
  'authorization',
  'apiKey',
  'token',
  'authToken',
  'authTokens',
  'secret',
  'password',
]);
/** What lies deeper is left out: nothing that is meant to be read in a log does, and an object may hold itself. */
const MAX_DEPTH = 6;

const COMMON: LoggerOptions = { messageKey: 'message', serializers: { err: describeError } };

/** A log in Cloud Logging's JSON (`severity`, `message`, `time`), or in colour for people. Writes synchronously. */
export async function createLog({ level, format, destination = pino.destination(1) }: LogOptions): Promise<Log> {
  const pretty = format === 'pretty' ? await import('pino-pretty').catch(() => undefined) : undefined;
  if (pretty) {
    const { isColorSupported, prettyFactory } = pretty.default;
    const format = prettyFactory({
      colorize: isColorSupported,
      messageKey: 'message',
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss.l',
    });
    return pino(
      { ...COMMON, level, formatters: { log: withoutPrivate } },
      { write: (line) => destination.write(format(line)) },
    );
  }
  return pino(
    {
      ...COMMON,
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }),
        log: withoutPrivate,
      },
    },
    destination,
  );
}

/** Code, words and place of an error. Not its cause: what a library quotes there may hold an address or a key. */
function describeError(thrown: unknown): Record<string, unknown> {
  const error = LivelineError.from(thrown);
  const origin = error.cause instanceof Error && error.code === 'INTERNAL' ? error.cause : error;
  return { code: error.code, message: error.detail, stack: origin.stack };
}

/**
 * The same without what is private, wherever it stands. Not pino's own redaction: with its wildcards a line takes 60 µs
 * longer, which is more than a frame of audio does.
 */
function withoutPrivate(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) if (!PRIVATE_KEYS.has(key)) kept[key] = cleaned(value, depth + 1);
  return kept;
}

function cleaned(value: unknown, depth: number): unknown {
  // Errors are described by their serializer, and some objects, a date for one, by themselves.
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value) return value;
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  return withoutPrivate(value as Record<string, unknown>, depth);
}
