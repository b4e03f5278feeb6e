import * as z from 'zod';
import { languageTag, telephoneNumber } from './common-fields.js';
import { DAYS, isDate, isTimeZone, SPAN } from './opening-hours.js';

const span = z.string().regex(SPAN, 'is no span of time such as "08:00-18:00" (24 hours)');

const closedSchema = z
  .strictObject({
    agent: z.string().min(1).exactOptional().describe('Another agent of this file answers instead.'),
    say: z.string().min(1).exactOptional().describe('What is read to the caller.'),
    language: languageTag.default('en-US').describe('The language it is read in, BCP-47.'),
    transfer: telephoneNumber.exactOptional().describe('Where the caller is put through to, E.164.'),
  })
  .refine((closed) => (closed.agent === undefined) !== (closed.say === undefined && closed.transfer === undefined), {
    message: 'takes either `agent`, or `say`, `transfer` or both',
  });

/** When an agent answers, and what callers meet outside those hours. */
export const hoursSchema = z.strictObject({
  time_zone: z
    .string()
    .refine(isTimeZone, 'is not the name of a time zone such as `Europe/Berlin`')
    .describe('Where the hours are told, IANA.'),
  weekly: z
    .record(
      z.string().regex(DAYS, 'is no day (`mon`) or range of days (`mon-fri`)'),
      z.union([span, z.array(span).max(12)]),
    )
    .describe('By day or range of days: "08:00-18:00", or several. A span may end on the next day.'),
  holidays: z
    .array(
      z
        .string()
        .regex(/^(?:\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, {
          error: 'is no date such as 2026-12-25 or 12-25',
          abort: true,
        })
        .refine(isDate, 'is no day of the calendar'),
    )
    .max(400)
    .default([])
    .describe('Days on which nothing opens: YYYY-MM-DD, or MM-DD for every year.'),
  closed: closedSchema.describe('What a caller meets outside the hours.'),
});

/** Callers that are not answered. */
export const blockSchema = z
  .array(
    z
      .string()
      .regex(/^(?:\+[1-9]\d{0,14}|anonymous)$/, 'is neither a number or its beginning ("+1900") nor `anonymous`'),
  )
  .max(10_000)
  .default([])
  .describe('Callers that are refused: numbers, beginnings of numbers, or `anonymous` for withheld ones.');
