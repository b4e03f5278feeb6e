/** Days as they are written in an agents file, in the order of ISO 8601. */
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** `mon` or `mon-fri`. */
export const DAYS = new RegExp(`^(?:${WEEKDAYS.join('|')})(?:-(?:${WEEKDAYS.join('|')}))?$`);
/** `HH:MM-HH:MM`. */
export const SPAN = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

const MINUTES_A_DAY = 24 * 60;
const DAY_MS = MINUTES_A_DAY * 60_000;

/** When somebody answers, in one place's local time. */
export interface OpeningHours {
  /** IANA name. */
  time_zone: string;
  /** By day or range of days (`mon`, `mon-fri`): `HH:MM-HH:MM`, any number of them. */
  weekly: Readonly<Record<string, string | readonly string[]>>;
  /** `YYYY-MM-DD`, or `MM-DD` for every year: nothing opens on these days. */
  holidays: readonly string[];
}

interface Span {
  /** Minutes since midnight; `to` is above 1440 for a span that ends on the next day. */
  from: number;
  to: number;
}

interface Day {
  weekday: Weekday;
  /** `YYYY-MM-DD`. */
  date: string;
}

interface LocalTime extends Day {
  minute: number;
}

/** Whether `atMs` (since the epoch) falls into opening hours. A span over midnight belongs to the day it begins on. */
export function isOpen(hours: OpeningHours, atMs: number): boolean {
  const today = localTime(hours.time_zone, atMs);
  // Yesterday's last span may not be over.
  return isWithin(hours, today, today.minute) || isWithin(hours, dayBefore(today), today.minute + MINUTES_A_DAY);
}

/**
 * Reads `mon` or `mon-fri`; a range may run over the end of the week (`sat-mon`).
 * @returns undefined for anything else
 */
function parseDays(text: string): readonly Weekday[] | undefined {
  if (!DAYS.test(text)) return undefined;
  const [first = 0, last = first] = text.split('-').map((day) => WEEKDAYS.findIndex((known) => known === day));
  const count = ((last - first + WEEKDAYS.length) % WEEKDAYS.length) + 1;
  return [...WEEKDAYS, ...WEEKDAYS].slice(first, first + count);
}

/**
 * Reads `HH:MM-HH:MM`; an end that is not after the beginning is the next day's, and `24:00` is midnight.
 * @returns undefined for anything else
 */
function parseSpan(text: string): Span | undefined {
  if (!SPAN.test(text)) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = text.split(/[:-]/).map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  return { from, to: to > from ? to : to + MINUTES_A_DAY };
}

function isWithin(hours: OpeningHours, day: Day, minute: number): boolean {
  if (hours.holidays.some((holiday) => day.date === holiday || day.date.slice('YYYY-'.length) === holiday))
    return false;
  return Object.entries(hours.weekly)
    .filter(([days]) => parseDays(days)?.includes(day.weekday))
    .flatMap(([, spans]) => spans)
    .some((text) => {
      const span = parseSpan(text);
      return span !== undefined && minute >= span.from && minute < span.to;
    });
}

/** By the calendar: where clocks change, a day is not 24 hours long. */
function dayBefore({ date, weekday }: Day): Day {
  const before = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + WEEKDAYS.length - 1) % WEEKDAYS.length] ?? weekday;
  return { date: new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length), weekday: before };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(timeZone: string, atMs: number): LocalTime {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    weekday: part('weekday').toLowerCase() as Weekday,
    date: `${part('year')}-${part('month')}-${part('day')}`,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** Whether `YYYY-MM-DD`, or `MM-DD` of any year, is a day of the calendar. */
export function isDate(text: string): boolean {
  // 2000 was a leap year.
  const date = text.length === 'MM-DD'.length ? `2000-${text}` : text;
  const atMs = Date.parse(`${date}T00:00Z`);
  // What is beyond the end of a month is taken for the next one's.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
}

/** Whether it is the name of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    localTime(name, 0);
    return true;
  } catch {
    return false;
  }
}
