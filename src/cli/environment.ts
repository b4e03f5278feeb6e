import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.js';
import type { Backend } from '../models/profiles.js';
import type { TwilioAccount } from '../twilio/account.js';
import { misspeltNames } from './environment-names.js';

/** Where conversations go. */
type ModelService =
  | { kind: 'gemini-api'; apiKey: string; baseUrl?: string }
  /** Express mode: a key instead of a project. */
  | { kind: 'vertex-ai'; apiKey: string; baseUrl?: string }
  /** Application default credentials. */
  | { kind: 'vertex-ai'; project: string; location: string; baseUrl?: string }
  | { kind: 'emulator' };

/** What the environment says, checked and typed. It holds secrets: never log it. */
export interface Environment {
  port: number;
  host: string;
  agentsFile: string;
  /** Origin that Twilio reaches, without a trailing slash. */
  publicUrl?: string;
  twilio: TwilioAccount;
  model: ModelService;
  /** Twilio credentials are there, or this is Cloud Run: whoever calls may be a real person. */
  realCallersMayCome: boolean;
  secret?: string;
  apiToken?: string;
  maxCalls: number;
  /** Caller audio in one message to the model, in milliseconds. */
  uplinkMs: 20 | 40 | 60 | 100;
  logLevel: Variables['LOG_LEVEL'];
  /** Absent: pretty on a terminal, else JSON. */
  logFormat?: 'pretty' | 'json';
  dataDir: string;
  databaseUrl?: string;
}

/** What the command line adds to, or puts in the place of, the environment. */
export interface EnvironmentOverrides {
  port?: number;
  agentsFile?: string;
  /** Let the embedded emulator answer, whatever credentials there are. */
  emulator?: boolean;
}

const DEFAULT_AGENTS_FILE = 'config/agents.yaml';
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
const NO_BLANKS = z.string().regex(/^[\x21-\x7e]+$/, 'must be without blanks and in plain ASCII, as it was issued');

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);
}

/** SIDs are two letters and 32 characters, https://www.twilio.com/docs/glossary/what-is-a-sid. */
function sid(prefix: string) {
  return z
    .string()
    .regex(
      new RegExp(`^${prefix}[0-9a-zA-Z]{32}$`),
      `must be ${prefix} and 32 characters, as the Twilio Console shows it`,
    );
}

function url(protocols: string, example: string) {
  return z.string().refine((text) => URL.canParse(text) && protocols.split(' ').includes(new URL(text).protocol), {
    error: `must be a URL such as ${example}`,
  });
}

const baseUrl = url('http: https:', 'https://host or http://127.0.0.1:8081');

const publicUrl = z
  .string()
  .refine(isPublicOrigin, { error: 'must be the https:// address that Twilio reaches, without a path: https://host' })
  .transform((text) => new URL(text).origin);

function isPublicOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK_HOSTS.includes(hostname))) return false;
  return pathname === '/' && [search, hash, username, password].every((part) => part === '');
}

const variablesSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(8080),
  HOST: NO_BLANKS.default('0.0.0.0'),
  AGENTS_CONFIG: z.string().default(DEFAULT_AGENTS_FILE),
  PUBLIC_URL: publicUrl.exactOptional(),
  TWILIO_ACCOUNT_SID: sid('AC').exactOptional(),
  TWILIO_AUTH_TOKEN: z
    .string()
    .transform((text) => text.split(',').map((token) => token.trim()))
    .pipe(z.array(NO_BLANKS, { error: 'must be a token, or several with commas between them' }))
    .default([]),
  TWILIO_API_KEY_SID: sid('SK').exactOptional(),
  TWILIO_API_KEY_SECRET: NO_BLANKS.exactOptional(),
  TWILIO_API_BASE_URL: baseUrl.exactOptional(),
  GEMINI_API_KEY: NO_BLANKS.exactOptional(),
  GOOGLE_API_KEY: NO_BLANKS.exactOptional(),
  GOOGLE_GENAI_USE_VERTEXAI: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' }))
    .transform((text) => text === 'true' || text === '1')
    .default(false),
  GOOGLE_CLOUD_PROJECT: z
    .string()
    .regex(/^[a-z0-9.:-]+$/, 'must be the id of a project: small letters, digits and hyphens')
    .exactOptional(),
  GOOGLE_CLOUD_LOCATION: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a location such as us-central1 or global')
    .exactOptional(),
  GOOGLE_GEMINI_BASE_URL: baseUrl.exactOptional(),
  GOOGLE_VERTEX_BASE_URL: baseUrl.exactOptional(),
  LIVELINE_SECRET: z.string().exactOptional(),
  LIVELINE_API_TOKEN: NO_BLANKS.exactOptional(),
  LIVELINE_MAX_CALLS: wholeNumber(1, 10_000).default(200),
  LIVELINE_UPLINK_MS: z
    .string()
    .transform(Number)
    .pipe(z.literal([20, 40, 60, 100], { error: 'must be 20, 40, 60 or 100' }))
    .default(20),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json'], { error: 'must be pretty or json' }).exactOptional(),
  DATABASE_URL: url('postgres: postgresql:', 'postgres://user@host/database').exactOptional(),
  DATA_DIR: z.string().default('./data'),
  /** The name of the service; Cloud Run sets it. */
  K_SERVICE: z.string().exactOptional(),
});

type Variables = z.output<typeof variablesSchema>;

/**
 * Adds what `.env` in the working directory says to the process's environment; what is set already stays.
 * @throws ConfigError ENVIRONMENT_INVALID when the file is there and cannot be read
 */
export function loadDotEnv(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    throw new ConfigError('ENVIRONMENT_INVALID', '.env cannot be read: is it a file, and may this user read it?', {
      cause: error,
    });
  }
}

/**
 * Reads and checks every variable that Liveline knows. A variable that is empty counts as not set.
 * @throws ConfigError ENVIRONMENT_INVALID with every problem, and none of the values
 */
export function readEnvironment(env: NodeJS.ProcessEnv, overrides: EnvironmentOverrides = {}): Environment {
  const set = Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : []));
  const problems = misspeltNames(
    set.map(([name]) => name),
    Object.keys(variablesSchema.shape),
  );
  const { data, error } = variablesSchema.safeParse(Object.fromEntries(set));
  if (error) problems.push(...error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
  if (!data) throw invalid(problems);

  const realCallersMayCome =
    data.TWILIO_AUTH_TOKEN.length > 0 ||
    [data.TWILIO_ACCOUNT_SID, data.TWILIO_API_KEY_SID, data.K_SERVICE].some((value) => value !== undefined);
  problems.push(...twilioProblems(data));
  const model = overrides.emulator === true ? emulator : chooseModel(data, realCallersMayCome);
  if (typeof model === 'string') problems.push(model);
  if (problems.length > 0 || typeof model === 'string') throw invalid(problems);
  return environmentOf(data, overrides, model, realCallersMayCome);
}

/** The agents file, and the service it is written for as far as that is known. No other variable is checked. */
export function readAgentsSettings(env: NodeJS.ProcessEnv): { agentsFile: string; backend?: Backend } {
  const agentsFile = env['AGENTS_CONFIG']?.trim() || DEFAULT_AGENTS_FILE;
  const vertex = env['GOOGLE_GENAI_USE_VERTEXAI']?.trim().toLowerCase();
  if (vertex === 'true' || vertex === '1') return { agentsFile, backend: 'vertex-ai' };
  const key = env['GOOGLE_API_KEY']?.trim() || env['GEMINI_API_KEY']?.trim();
  return key ? { agentsFile, backend: 'gemini-api' } : { agentsFile };
}

const emulator: ModelService = { kind: 'emulator' };

/** The service that the variables ask for, as Google's SDKs would choose; or, as text, why there is none. */
function chooseModel(data: Variables, realCallersMayCome: boolean): ModelService | string {
  if (data.GOOGLE_GENAI_USE_VERTEXAI) {
    const service = { kind: 'vertex-ai', ...defined({ baseUrl: data.GOOGLE_VERTEX_BASE_URL }) } as const;
    const { GOOGLE_API_KEY: apiKey, GOOGLE_CLOUD_PROJECT: project, GOOGLE_CLOUD_LOCATION: location } = data;
    if (apiKey !== undefined) return { ...service, apiKey };
    if (project !== undefined && location !== undefined) return { ...service, project, location };
    return (
      'GOOGLE_GENAI_USE_VERTEXAI is true, but Vertex AI also needs GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION ' +
      '(with application default credentials), or GOOGLE_API_KEY (express mode)'
    );
  }
  const apiKey = data.GOOGLE_API_KEY ?? data.GEMINI_API_KEY;
  if (apiKey !== undefined) {
    return { kind: 'gemini-api', apiKey, ...defined({ baseUrl: data.GOOGLE_GEMINI_BASE_URL }) };
  }
  if (data.GOOGLE_GEMINI_BASE_URL !== undefined) {
    return 'GOOGLE_GEMINI_BASE_URL is set without a key: set GEMINI_API_KEY to one that the endpoint accepts';
  }
  if (!realCallersMayCome) return emulator;
  const why = data.K_SERVICE === undefined ? 'Twilio credentials are set' : 'this is Cloud Run';
  return (
    `real callers may come (${why}), but there are no Google credentials: set GEMINI_API_KEY, or ` +
    'GOOGLE_GENAI_USE_VERTEXAI=true with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION; ' +
    'to let the embedded emulator answer them all the same, start with --emulator'
  );
}

function twilioProblems(data: Variables): string[] {
  const { TWILIO_API_KEY_SID: keySid, TWILIO_API_KEY_SECRET: keySecret, TWILIO_ACCOUNT_SID: accountSid } = data;
  if (keySid === undefined && keySecret === undefined) return [];
  if (keySid === undefined) return ['TWILIO_API_KEY_SECRET is set without TWILIO_API_KEY_SID: set both, or neither'];
  if (keySecret === undefined) return ['TWILIO_API_KEY_SID is set without TWILIO_API_KEY_SECRET: set both, or neither'];
  return accountSid === undefined
    ? ['TWILIO_API_KEY_SID needs TWILIO_ACCOUNT_SID, the account the key belongs to']
    : [];
}

function environmentOf(
  data: Variables,
  overrides: EnvironmentOverrides,
  model: ModelService,
  realCallersMayCome: boolean,
): Environment {
  return {
    port: overrides.port ?? data.PORT,
    host: data.HOST,
    agentsFile: overrides.agentsFile ?? data.AGENTS_CONFIG,
    twilio: {
      authTokens: data.TWILIO_AUTH_TOKEN,
      ...defined({
        accountSid: data.TWILIO_ACCOUNT_SID,
        apiKeySid: data.TWILIO_API_KEY_SID,
        apiKeySecret: data.TWILIO_API_KEY_SECRET,
        apiBaseUrl: data.TWILIO_API_BASE_URL,
      }),
    },
    model,
    realCallersMayCome,
    maxCalls: data.LIVELINE_MAX_CALLS,
    uplinkMs: data.LIVELINE_UPLINK_MS,
    logLevel: data.LOG_LEVEL,
    dataDir: data.DATA_DIR,
    ...defined({
      publicUrl: data.PUBLIC_URL,
      secret: data.LIVELINE_SECRET,
      apiToken: data.LIVELINE_API_TOKEN,
      logFormat: data.LOG_FORMAT,
      databaseUrl: data.DATABASE_URL,
    }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only the keys that have a value. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function invalid(problems: readonly string[]): ConfigError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new ConfigError('ENVIRONMENT_INVALID', `the environment has ${count}:\n  ${problems.join('\n  ')}`);
}
