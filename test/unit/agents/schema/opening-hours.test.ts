import { describe, expect, it } from 'vitest';
import { isOpen, type OpeningHours } from '../../../../src/agents/schema/opening-hours.js';

const BERLIN: OpeningHours = {
  time_zone: 'Europe/Berlin',
  weekly: { 'mon-thu': '08:00-18:00', fri: ['08:00-12:00', '13:00-15:30'], 'sat-sun': '22:00-02:00' },
  holidays: ['2026-12-25', '01-01', '2028-02-26'],
};

/** Berlin is two hours ahead of UTC in summer, one in winter. */
const MOMENTS: [moment: string, utc: string, open: boolean][] = [
  ['Monday, just before it opens', '2026-06-01T05:59:59Z', false],
  ['Monday, on the minute', '2026-06-01T06:00:00Z', true],
  ['Monday, in the last minute', '2026-06-01T15:59:59Z', true],
  ['Monday, closing time', '2026-06-01T16:00:00Z', false],
  ['the same clock in winter, an hour later by UTC', '2026-11-30T06:30:00Z', false],
  ['winter, open', '2026-11-30T07:00:00Z', true],
  ['Friday, the lunch break', '2026-06-05T10:30:00Z', false],
  ['Friday, after lunch', '2026-06-05T11:00:00Z', true],
  ['Saturday evening', '2026-06-06T20:30:00Z', true],
  ['Sunday, still within Saturday’s span', '2026-06-06T23:59:00Z', true],
  ['Sunday, after it', '2026-06-07T00:00:00Z', false],
  ['Monday, after the Sunday on which the clocks went forward', '2026-03-29T22:30:00Z', true],
  ['Monday, after the Sunday on which the clocks went back', '2026-10-26T00:30:00Z', true],
  ['the end of the night behind it', '2026-10-26T01:00:00Z', false],
  ['Sunday, the night of a Saturday that is a holiday', '2028-02-26T23:30:00Z', false],
  ['Monday, the night of the Sunday behind that', '2028-02-27T23:30:00Z', true],
  ['a holiday of one year', '2026-12-25T10:00:00Z', false],
  ['the day before it', '2026-12-24T10:00:00Z', true],
  ['the same day of another year', '2028-12-25T10:00:00Z', true],
  ['a holiday of every year', '2027-01-01T09:00:00Z', false],
];

describe('opening hours', () => {
  it.each(MOMENTS)('%s', (_moment, utc, open) => {
    expect(isOpen(BERLIN, Date.parse(utc))).toBe(open);
  });

  it('may go on all day and all week', () => {
    const always: OpeningHours = { time_zone: 'Asia/Tokyo', weekly: { 'mon-sun': '00:00-24:00' }, holidays: [] };
    for (let hour = 0; hour < 24 * 7; hour += 1) expect(isOpen(always, Date.UTC(2026, 5, 1, hour, 59))).toBe(true);
  });

  it('may run over the end of the week', () => {
    const weekend: OpeningHours = { time_zone: 'UTC', weekly: { 'sat-mon': '09:00-10:00' }, holidays: [] };
    const openDays = [1, 2, 3, 4, 5, 6, 7].filter((day) => isOpen(weekend, Date.UTC(2026, 5, day, 9)));
    expect(openDays).toEqual([1, 6, 7]);
  });
});
