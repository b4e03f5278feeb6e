import { build } from 'vite';
import { chromiumPath } from './chromium-path.js';

/** Builds the page before the tests that open it. */
export async function setup(): Promise<void> {
  await build({ logLevel: 'warn' });
  if (chromiumPath === undefined) {
    process.stderr.write(
      'The browser tests are skipped, because there is no Chromium. On Debian: apt-get update && apt-get install -y chromium\n',
    );
  }
}
