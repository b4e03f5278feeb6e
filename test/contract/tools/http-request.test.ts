import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../src/errors.js';
import { compileHttpRequest } from '../../../src/tools/http-request.js';

const context = { callSid: 'CA1', toolCallId: 'call-7', variables: {} };

/** Text as a model may write it, with the pieces that confuse url parsers. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '\\', '..', '.', ';', '@', ':', '?', '#', ' ', '\t', '\r\n', '//evil.example'),
      fc.constantFrom('%2e', '%2F', '%5c', '%252e', '%252f'),
      fc.string(),
    ),
  )
  .map((pieces) => pieces.join(''));

/** A path as a server may take it that decodes it, even twice, and only then resolves dots. */
function resolved(path: string): string {
  const decoded = path
    .replace(/%(?:25)+/g, '%')
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c/gi, '/');
  return new URL(`https://host${decoded.replace(/;[^/]*/g, '')}`).pathname;
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof ToolError ? error.code : error;
  }
}

function hasDotSegment(text: string): boolean {
  const decoded = text.replace(/%(?:25)*2e/gi, '.').replace(/%(?:25)*(?:2f|5c)/gi, '/');
  return decoded.split(/[/\\]/).some((segment) => /^\.{1,2}(?:;|%(?:25)*3b|$)/i.test(segment));
}

describe('whatever the arguments are', () => {
  it.each(['args.x', 'args.x | url_encode'])(
    'the request stays with its origin and below its path: %s',
    (expression) => {
      const make = compileHttpRequest({
        method: 'GET',
        url: `https://api.example.com/v1/{{ ${expression} }}/end?key=1`,
      });
      fc.assert(
        fc.property(hostile, (x) => {
          try {
            const { url } = make({ x }, context);
            expect(url.origin).toBe('https://api.example.com');
            expect(url.pathname).toMatch(/^\/v1\/.*\/end$/);
            expect(resolved(url.pathname)).toMatch(/^\/v1\/.*\/end$/);
            expect(url.search + url.hash).toBe('?key=1');
          } catch (error) {
            expect(error).toBeInstanceOf(ToolError);
          }
        }),
      );
    },
  );

  it('an encoded argument is one value to every url parser', () => {
    const make = compileHttpRequest({
      method: 'GET',
      url: 'https://api.example.com/v1/{{ args.x | url_encode }}/end?a={{ args.x | url_encode }}',
      query: { b: '{{ args.x }}' },
    });
    const encodable = hostile.filter((x) => !hasDotSegment(x));
    fc.assert(
      fc.property(encodable, (x) => {
        const { url } = make({ x }, context);
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'v1', x, 'end']);
        expect(url.searchParams.get('a')).toBe(x);
        expect(url.searchParams.get('b')).toBe(x);
      }),
    );
  });

  it.each([
    ['7/private?', '/p/7/private%3F/z'],
    ['7/private#', '/p/7/private%23/z'],
    ['7\\8 9', '/p/7%5C8%209/z'],
  ])('what would end a path is part of it: %s', (a, path) => {
    const make = compileHttpRequest({ method: 'GET', url: 'https://h/p/{{ args.a }}/z?q={{ args.a }}&key=1' });
    const { url } = make({ a }, context);
    expect(url.pathname).toBe(path);
    expect(url.search).toMatch(/&key=1$/);
  });

  it.each(['../admin', '..%2f..%2fadmin', '%2e%2e/admin', '..%5Cadmin', '%252e%252e%252fadmin', '..;/admin'])(
    'nothing leads out of a path, encoded or not: %s',
    (a) => {
      for (const expression of ['args.a', 'args.a | url_encode']) {
        const make = compileHttpRequest({ method: 'GET', url: `https://h/p/{{ ${expression} }}` });
        expect([thrownBy(() => make({ a }, context)), expression]).toEqual(['TOOL_ARGUMENTS', expression]);
      }
    },
  );

  it('a space behind dots, which url parsers drop at the end, is part of the path', () => {
    const make = compileHttpRequest({ method: 'GET', url: 'https://h/p/{{ args.a }}' });
    expect(make({ a: '.. ' }, context).url.pathname).toBe('/p/..%20');
  });

  it('a query that only some calls have begins where it is written', () => {
    const url = 'https://h/p/{{ args.id | default: "?" }}{% if args.day %}?day={{ args.day }}{% endif %}#top';
    const make = compileHttpRequest({ method: 'GET', url });
    expect(make({ id: 'a/b', day: 'mo#n' }, context).url.href).toBe('https://h/p/a/b?day=mo%23n#top');
    expect(make({}, context).url.href).toBe('https://h/p/%3F#top');
  });

  it('a header holds no line break', () => {
    const make = compileHttpRequest({ method: 'GET', url: 'https://h/', headers: { 'x-note': '{{ args.x }}' } });
    fc.assert(
      fc.property(hostile, (x) => {
        try {
          expect(make({ x }, context).headers['x-note']).not.toMatch(/[\r\n\0]/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS' });
        }
      }),
    );
  });

  it('a JSON body gives every argument back', () => {
    const make = compileHttpRequest({ method: 'POST', url: 'https://h/', body: { value: '{{ args.x }}' } });
    fc.assert(
      fc.property(fc.jsonValue(), (x) => {
        expect(JSON.parse(make({ x }, context).body ?? '')).toEqual(JSON.parse(JSON.stringify({ value: x })));
      }),
    );
  });
});
