import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Builds the page. Its worklet and everything else are files of their own: the page's policy allows nothing inline. */
export default defineConfig({
  root: fileURLToPath(new URL('src/console', import.meta.url)),
  base: './',
  // The package's entry for bundlers has no default export, which its entry for Node consists of.
  resolve: { alias: { alawmulaw: 'alawmulaw/dist/alawmulaw.js' } },
  worker: { format: 'es' },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
