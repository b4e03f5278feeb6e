import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../src/errors.js';
import { compileHttpRequest } from '../../../src/tools/http-request.js';

const context = { callSid: 'CA1', toolCallId: 'call-7', variables: {} };

/** Text as a model may write it, with the pieces that confuse url parsers. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '\\', '..', '.', '%2e', '@', ':', '?', '#', '\t', '\r\n', '//evil.example'),
      fc.string(),
    ),
  )
  .map((pieces) => pieces.join(''));

describe('whatever the arguments are', () => {
  it('the request stays with its origin and below its path', () => {
    const make = compileHttpRequest({ method: 'GET', url: 'https://api.example.com/v1/{{ args.x }}' });
    fc.assert(
      fc.property(hostile, (x) => {
        try {
          const { url } = make({ x }, context);
          expect(url.origin).toBe('https://api.example.com');
          expect(url.pathname).toMatch(/^\/v1\//);
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError);
        }
      }),
    );
  });

  it('an encoded argument is one value to every url parser', () => {
    const make = compileHttpRequest({
      method: 'GET',
      url: 'https://api.example.com/v1/{{ args.x | url_encode }}/end?a={{ args.x | url_encode }}',
      query: { b: '{{ args.x }}' },
    });
    const encodable = hostile.filter((x) => x !== '.' && x !== '..');
    fc.assert(
      fc.property(encodable, (x) => {
        const { url } = make({ x }, context);
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'v1', x, 'end']);
        expect(url.searchParams.get('a')).toBe(x);
        expect(url.searchParams.get('b')).toBe(x);
      }),
    );
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
