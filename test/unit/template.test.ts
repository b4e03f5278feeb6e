import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { parseTemplate } from '../../src/template.js';

const variables = {
  caller: { number: '+15550001111' },
  args: { count: 3, urgent: false, tags: ['a', 'b'], place: { city: 'Oslo' }, name: 'Ann & Bo/é', none: null },
};

describe('rendering to text', () => {
  it.each([
    ['no expression at all', 'no expression at all'],
    ['You speak with {{ caller.number }}.', 'You speak with +15550001111.'],
    ['{% if args.urgent %}Hurry.{% else %}Take your time.{% endif %}', 'Take your time.'],
    ['{{ args.place | json }}', '{"city":"Oslo"}'],
    ['{{ args.count }}', '3'],
    ['', ''],
  ])('renders %j to %j', (source, text) => {
    expect(parseTemplate(source).render(variables)).toBe(text);
  });

  it('encodes for a url so that any url parser gets the value back', () => {
    const template = parseTemplate('https://host/{{ args.name | url_encode }}?q={{ args.name | url_encode }}');
    const url = new URL(template.render(variables));
    expect(decodeURIComponent(url.pathname.slice(1))).toBe(variables.args.name);
    expect(url.searchParams.get('q')).toBe(variables.args.name);
  });

  it('renders a variable that is not there to nothing, at any depth', () => {
    expect(parseTemplate('<{{ nobody }}{{ caller.name.first }}{{ nobody | url_encode }}>').render(variables)).toBe(
      '<>',
    );
  });

  it('sees own properties only', () => {
    const inherited = Object.create({ secret: 'x' }) as Record<string, unknown>;
    const template = parseTemplate('<{{ who.secret }}{{ who.constructor }}{{ who.__proto__ }}{{ toString }}>');
    expect(template.render({ who: inherited })).toBe('<>');
  });

  it('keeps its source', () => {
    expect(parseTemplate('a {{ b }}').source).toBe('a {{ b }}');
  });
});

describe('values that keep their type', () => {
  it.each([
    ['{{ args.count }}', 3],
    ['{{args.urgent}}', false],
    ['{{- args.count -}}', 3],
    ['{{ args.tags }}', ['a', 'b']],
    ['{{ args.place }}', { city: 'Oslo' }],
    ['{{ args.none }}', null],
    ['{{ args.count | plus: 1 }}', 4],
    ['{{ args.missing }}', undefined],
  ])('%j is %j', (source, value) => {
    expect(parseTemplate(source).value(variables)).toEqual(value);
  });

  it.each([
    ['{{ args.count }} ', '3 '],
    ['{{ args.count }}{{ args.missing }}', '3'],
    ['{% if true %}{{ args.count }}{% endif %}', '3'],
    ['three', 'three'],
    ['', ''],
  ])('%j is the text %j', (source, text) => {
    expect(parseTemplate(source).value(variables)).toBe(text);
  });
});

describe('mistakes and bounds', () => {
  function mistake(work: () => unknown): ConfigError {
    try {
      work();
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  }

  it.each([
    ['fine\n  {{ a | nope }}', /undefined filter: nope, line:2, col:3/],
    ['{{ a ', /not closed, line:1, col:1/],
    ['{% for %}', /illegal tag.*line:1, col:1/],
    ['{% if a %}', /not closed, line:1, col:1/],
    ['{% include "/etc/passwd" %}', /tag "include" not found, line:1, col:1/],
    ['{% render "x" %}', /tag "render" not found/],
    ['{% layout "x" %}', /tag "layout" not found/],
  ])('refuses %j when it is parsed', (source, message) => {
    const error = mistake(() => parseTemplate(source));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.detail).toMatch(message);
  });

  it.each([
    ['a range too wide', '{% for i in (1..10000000) %}x{% endfor %}', /memory alloc limit exceeded/],
    [
      'a loop without end',
      // One range, made once: its memory must not run out before the time does.
      '{% assign all = (1..9999) %}{% for i in all %}{% for j in all %}{% endfor %}{% endfor %}',
      /template render limit exceeded/,
    ],
    ['a text too long', `{% for i in (1..2000) %}${'x'.repeat(1000)}{% endfor %}`, /renders to more than/],
  ])('stops %s', (_name, source, message) => {
    const template = parseTemplate(source);
    const error = mistake(() => template.render({}));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.detail).toMatch(message);
  });

  it('never quotes the source, in which secrets may stand', () => {
    const template = parseTemplate('Bearer s3cret {% for i in (1..10000000) %}x{% endfor %}');
    const error = mistake(() => template.render({}));
    expect(`${error.message} ${error.stack ?? ''} ${String(error.cause)}`).not.toContain('s3cret');
  });
});
