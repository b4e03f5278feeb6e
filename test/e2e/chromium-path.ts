import { existsSync } from 'node:fs';

/** Debian's Chromium, or whatever of its kind is there. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
