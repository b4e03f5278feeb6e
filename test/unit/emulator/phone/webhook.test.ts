import { describe, expect, it } from 'vitest';
import { signedUrl } from '../../../../src/emulator/phone/webhook.js';

describe('signedUrl', () => {
  it.each([
    ['https://bridge.test/voice', 'https://bridge.test/voice'],
    ['https://bridge.test:8443/voice?a=1', 'https://bridge.test/voice?a=1'],
    ['http://127.0.0.1:8080/voice', 'http://127.0.0.1:8080/voice'],
    ['https://user:pass@bridge.test/voice', 'https://bridge.test/voice'],
    ['http://user:p@ss@bridge.test:80/voice', 'http://bridge.test:80/voice'],
    ['https://bridge.test/voice#rc=2&rp=all', 'https://bridge.test/voice'],
    ["https://bridge.test/it's%2Fhere/?q=%41&b=c d", "https://bridge.test/it's%2Fhere/?q=%41&b=c d"],
    ['https://[::1]:8443/voice', 'https://[::1]/voice'],
  ])('signs %s as %s', (url, signed) => {
    expect(signedUrl(url)).toBe(signed);
  });
});
