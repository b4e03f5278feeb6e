import { describe, expect, it } from 'vitest';
import { Admission } from '../../../src/server/admission.js';
import { agentsIn } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';

const CLOSED_ALWAYS = 'time_zone: UTC, weekly: {}';

function admissionTo(yaml: string) {
  const agents = agentsIn(yaml);
  const clock = new ManualClock();
  const admission = new Admission(clock, ({ name = 'desk' }) => agents.find((agent) => agent.name === name));
  return { clock, admit: (address: string, isLocal = false) => admission.admit({}, { address, isLocal }) };
}

function desk(settings: string, others = ''): string {
  return `agents:\n  desk:\n    default: true\n    instructions: Answer.\n    ${settings}\n${others}`;
}

describe('a caller', () => {
  it.each([
    ['+19005550001', 'a number with a listed beginning'],
    ['+15550007777', 'a listed number'],
    ['anonymous', 'a withheld number'],
    ['', 'no number at all'],
    ['+266696687', 'a number that spells ANONYMOUS'],
  ])('is refused: %s, %s', (caller) => {
    const { admit } = admissionTo(desk('block: ["+1900", "+15550007777", anonymous]'));
    expect(admit(caller)).toEqual({ kind: 'refused', because: 'blocked' });
  });

  it('that no list names is let in, a withheld number too unless it is listed', () => {
    const { admit } = admissionTo(desk('block: ["+1900"]'));
    for (const caller of ['+15550001111', 'sip:bob@example.com', 'anonymous'])
      expect(admit(caller).kind).toBe('admitted');
  });

  it('that calls too often within a minute is refused until it has waited', () => {
    const { admit, clock } = admissionTo(desk('limits: { calls_per_caller_per_minute: 2 }'));
    const kinds = () => admit('+15550001111').kind;
    expect([kinds(), kinds(), kinds()]).toEqual(['admitted', 'admitted', 'refused']);
    expect(admit('+15550002222').kind).toBe('admitted');
    clock.advance(60_000);
    expect(kinds()).toBe('admitted');
  });

  it.each(['anonymous', '', 'Restricted', '+266696687', '266696687'])(
    'without a number has no bound, it is many callers: "%s"',
    (caller) => {
      const { admit } = admissionTo(desk('limits: { calls_per_caller_per_minute: 1 }'));
      expect([admit(caller).kind, admit(caller).kind]).toEqual(['admitted', 'admitted']);
    },
  );

  describe('where the file says nothing', () => {
    const admitted = (admit: () => { kind: string }, calls: number) =>
      Array.from({ length: calls }, () => admit().kind).filter((kind) => kind === 'admitted').length;

    it('calls once a second, and no more often; nobody else is kept out by that', () => {
      const { admit } = admissionTo(desk(''));
      expect(admitted(() => admit('+15550001111'), 100)).toBe(60);
      expect(admit('+15550001112').kind).toBe('admitted');
      expect(admitted(() => admit('anonymous'), 100)).toBe(100);
    });

    it('calls as often as it likes from this machine itself', () => {
      const { admit } = admissionTo(desk(''));
      expect(admitted(() => admit('+15550001111', true), 100)).toBe(100);
    });

    it('has no bound where the file turns it off, and the one in the file counts here, too', () => {
      const free = admissionTo(desk('limits: { calls_per_caller_per_minute: false }'));
      expect(admitted(() => free.admit('+15550001111'), 100)).toBe(100);
      const bound = admissionTo(desk('limits: { calls_per_caller_per_minute: 2 }'));
      expect(admitted(() => bound.admit('+15550001111', true), 5)).toBe(2);
    });
  });
});

describe('outside opening hours', () => {
  it('the caller hears a line, and is put through if somebody is named', () => {
    const { admit } = admissionTo(
      desk(`hours: { ${CLOSED_ALWAYS}, closed: { say: We are closed., transfer: "+15550003333" } }`),
    );
    expect(admit('+15550001111')).toEqual({
      kind: 'closed',
      line: { say: 'We are closed.', language: 'en-US', transfer: '+15550003333' },
    });
  });

  it('the list of the agent that is closed holds, and that of the one that answers instead', () => {
    const { admit } = admissionTo(
      desk(
        `block: ["+1900"]\n    hours: { ${CLOSED_ALWAYS}, closed: { agent: night } }`,
        '  night: { instructions: Answer., block: ["+15550007777"] }\n',
      ),
    );
    for (const caller of ['+19005550001', '+15550007777'])
      expect(admit(caller)).toEqual({ kind: 'refused', because: 'blocked' });
    expect(admit('+15550001111')).toMatchObject({ kind: 'admitted', agent: { name: 'night' } });
  });

  it('another agent answers', () => {
    const night = '  night:\n    instructions: Take a message.\n';
    const { admit } = admissionTo(desk(`hours: { ${CLOSED_ALWAYS}, closed: { agent: night } }`, night));
    expect(admit('+15550001111')).toMatchObject({ kind: 'admitted', agent: { name: 'night' } });
  });

  it('agents that send callers round in a circle end with the fallback', () => {
    const night = `  night:\n    instructions: Answer.\n    hours: { ${CLOSED_ALWAYS}, closed: { agent: desk } }\n`;
    const { admit } = admissionTo(desk(`hours: { ${CLOSED_ALWAYS}, closed: { agent: night } }`, night));
    expect(admit('+15550001111')).toMatchObject({
      kind: 'closed',
      line: { say: expect.stringContaining('cannot take') },
    });
  });
});
