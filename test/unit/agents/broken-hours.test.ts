import { describe, expect, it } from 'vitest';
import { deskWith, problemsIn } from '../../support/agents-file.js';

describe('opening hours', () => {
  it.each<[mistake: string, text: string, said: string[]]>([
    [
      'cannot be read',
      deskWith('hours: { time_zone: Mars, weekly: { mo: "8-18" }, holidays: [25.12.], closed: {} }'),
      [
        'agents.yaml:4:25 agents.desk.hours.time_zone: is not the name of a time zone such as `Europe/Berlin`',
        'agents.yaml:4:41 agents.desk.hours.weekly: `mo` is no day (`mon`) or range of days (`mon-fri`)',
        'agents.yaml:4:66 agents.desk.hours.holidays[0]: is no date such as 2026-12-25 or 12-25',
        'agents.yaml:4:83 agents.desk.hours.closed: takes either `agent`, or `say`, `transfer` or both',
      ],
    ],
    [
      'have holidays that are no days',
      deskWith(
        'hours:\n  time_zone: UTC\n  weekly: { mon: 08:00-18:00 }\n  holidays: ["2026-02-30", "04-31", "02-29", "2026-02-29", "2028-02-29"]\n  closed: { say: Closed. }',
      ),
      [
        'agents.yaml:7:18 agents.desk.hours.holidays[0]: is no day of the calendar',
        'agents.yaml:7:32 agents.desk.hours.holidays[1]: is no day of the calendar',
        'agents.yaml:7:50 agents.desk.hours.holidays[3]: is no day of the calendar',
      ],
    ],
    [
      'never begin',
      deskWith('hours: { time_zone: UTC, weekly: { mon: [], tue: [] }, closed: { say: Closed. } }'),
      ['agents.yaml:4:38 warning: agents.desk.hours.weekly: has no hours, so this agent never answers'],
    ],
    [
      'are closed to each other',
      `x-hours: &hours { time_zone: UTC, weekly: { mon-fri: 08:00-18:00 } }
agents:
  day: { instructions: Hi, default: true, hours: { <<: *hours, closed: { agent: night } } }
  night:
    instructions: Hi
    hours: { time_zone: UTC, weekly: { mon-sun: 18:00-08:00 }, closed: { agent: late } }
  late: { instructions: Hi, hours: { <<: *hours, closed: { agent: day } } }`,
      [
        'agents.yaml:3:81 warning: agents.day.hours.closed.agent: leads to `night` and that to `late` and that to `day`: while all of them are closed, callers hear the `fallback`',
      ],
    ],
    [
      'take turns',
      `agents:
  day:
    instructions: Hi
    default: true
    hours: { time_zone: Europe/Berlin, weekly: { mon-sun: 08:00-18:00 }, closed: { agent: night } }
  night:
    instructions: Hi
    hours: { time_zone: Europe/Berlin, weekly: { mon-sun: 18:00-08:00 }, closed: { agent: day } }`,
      [],
    ],
    [
      'name an agent that is not there',
      deskWith('hours: { time_zone: UTC, weekly: { mon: 08:00-09:00 }, closed: { agent: night } }'),
      ['agents.yaml:4:77 agents.desk.hours.closed.agent: there is no agent `night` in this file'],
    ],
  ])('that %s', (_mistake, text, said) => {
    expect(problemsIn(text)).toEqual(said);
  });
});
