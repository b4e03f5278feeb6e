import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { closeError } from '../../../src/live/close-errors.js';

function before(code: number, reason = '') {
  return closeError({ kind: 'closed', code, reason }, 'setup');
}
function after(code: number, reason = '') {
  return closeError({ kind: 'closed', code, reason }, 'conversation');
}
function refused(httpStatus: number, body = '') {
  return closeError({ kind: 'refused', httpStatus, body }, 'upgrade');
}

describe('a connection that is closed during setup', () => {
  it.each([
    [1007, 'Request contains an invalid argument.', 'MODEL_REJECTED', false],
    [1007, 'API key not valid. Please pass a valid API key.', 'MODEL_UNAUTHORIZED', false],
    [1007, 'User location is not supported for the API use.', 'MODEL_REJECTED', false],
    [1008, 'models/x is not found for API version v1beta', 'MODEL_NOT_FOUND', false],
    [1008, 'Publisher Model `x` was not found or your project does not have access', 'MODEL_NOT_FOUND', false],
    [1008, 'Operation is not implemented, or supported, or enabled.', 'MODEL_REJECTED', false],
    [1006, '', 'MODEL_UNAVAILABLE', true],
    [1000, '', 'MODEL_UNAVAILABLE', true],
    [1011, 'Internal error encountered.', 'MODEL_UNAVAILABLE', true],
    [1011, 'You exceeded your current quota, please check your plan', 'MODEL_QUOTA', false],
    [1008, 'Resource has been exhausted (e.g. check quota).', 'MODEL_QUOTA', false],
  ])('with %i %j is %s, retryable: %s', (code, reason, errorCode, retryable) => {
    const error = before(code, reason);
    expect(error).toMatchObject({ code: errorCode, retryable, closeCode: code, closeReason: reason, phase: 'setup' });
    expect(error.message).toContain(reason);
  });
});

describe('a connection that is closed in the conversation', () => {
  it.each([
    [1000, '', 'MODEL_CLOSED', true],
    [1006, '', 'MODEL_CLOSED', true],
    [1011, 'Deadline expired before operation could complete.', 'MODEL_UNAVAILABLE', true],
    [1011, 'You exceeded your current quota', 'MODEL_QUOTA', false],
    [1008, 'Operation is not implemented, or supported, or enabled.', 'MODEL_REJECTED', true],
    [1008, 'Requested entity was not found.', 'MODEL_REJECTED', true],
    [1008, 'Policy violation.', 'MODEL_REJECTED', true],
    [1008, '', 'MODEL_REJECTED', true],
    [1007, 'Request contains an invalid argument.', 'MODEL_REJECTED', true],
    [1008, 'The caller does not have permission', 'MODEL_UNAUTHORIZED', false],
    [1008, 'This API method requires billing to be enabled.', 'MODEL_UNAUTHORIZED', false],
    [1007, 'API key expired. Please renew the API key.', 'MODEL_UNAUTHORIZED', false],
    [1008, 'models/x is not found for API version v1beta', 'MODEL_NOT_FOUND', false],
    [1008, 'Publisher Model `x` was not found or your project does not have access', 'MODEL_NOT_FOUND', false],
    [1008, 'Resource has been exhausted (e.g. check quota).', 'MODEL_QUOTA', false],
  ])('with %i %j is %s, retryable: %s', (code, reason, errorCode, retryable) => {
    expect(after(code, reason)).toMatchObject({ code: errorCode, retryable, closeCode: code, phase: 'conversation' });
  });
});

describe('an upgrade that is refused', () => {
  it.each([
    [400, '', 'MODEL_REJECTED', false],
    [401, '', 'MODEL_UNAUTHORIZED', false],
    [403, '', 'MODEL_UNAUTHORIZED', false],
    [404, '', 'MODEL_NOT_FOUND', false],
    [429, '', 'MODEL_QUOTA', true],
    [429, 'You exceeded your current quota', 'MODEL_QUOTA', false],
    [500, '', 'MODEL_UNAVAILABLE', true],
    [503, '', 'MODEL_UNAVAILABLE', true],
    [302, '', 'MODEL_REJECTED', false],
  ])('with %i %j is %s, retryable: %s', (status, body, code, retryable) => {
    const error = refused(status, body);
    expect(error).toMatchObject({ code, retryable, httpStatus: status, phase: 'upgrade' });
    expect(error.closeCode).toBeUndefined();
  });

  it('gives the message of a Google error, and no page of HTML', () => {
    expect(refused(403, '{"error":{"code":403,"message":"API not enabled."}}').detail).toMatch(
      /403: API not enabled\.\)$/,
    );
    expect(refused(502, '<html>Bad gateway</html>').detail).toMatch(/\(HTTP 502\)$/);
  });
});

describe('an address that cannot be reached', () => {
  it('is worth another try, and is not named', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    const error = closeError({ kind: 'unreachable', cause }, 'upgrade');
    expect(error).toMatchObject({ code: 'MODEL_UNREACHABLE', retryable: true });
    expect(error.message).toMatch(/ECONNREFUSED$/);
  });
});

describe('what the service quotes', () => {
  it.each([
    'Consumer api_key:AIzaSyA-0123456789_0123456789_0123456 has been suspended.',
    'Key AIzaSyA-0123456789_0123456789_0123456 is not valid',
    'Bearer ya29.a0AfB_byC-secret is expired',
    'my-own-secret is wrong',
  ])('does not reach the error when it is a credential: %s', (reason) => {
    const secrets = ['AIzaSyA', 'ya29', 'my-own-secret'];
    for (const error of [
      closeError({ kind: 'closed', code: 1007, reason }, 'setup', 'my-own-secret'),
      closeError({ kind: 'refused', httpStatus: 403, body: reason }, 'upgrade', 'my-own-secret'),
    ]) {
      expect(error).toBeInstanceOf(ModelError);
      for (const secret of secrets) expect(`${error.message} ${error.closeReason ?? ''}`).not.toContain(secret);
      expect(error.message).toMatch(/suspended|not valid|expired|wrong/);
    }
  });
});
