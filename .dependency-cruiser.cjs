// The rooms of the house and the arrows between them: docs/architecture.md. Checked by test/contract/architecture.test.ts.

/** Importable everywhere: errors, the clock, templates, opening a port, when to write, which names are those of secrets, covering values, telephone numbers. */
const GROUND = '^src/(errors|clock|template|listen|flush-soon|secret-names|cover-values|e164)[.]ts$';

/** What each room may import, beside itself and the ground. */
const ROOMS = {
  '^src/main[.]ts$': ['^src/cli/cli[.]ts$'],
  '^src/index[.]ts$': ['^src/tools/(define-tool|tool)[.]ts$'],
  '^src/cli/': [
    '^src/(server/|server[.]ts$|http/|emulator/|twilio/|live/|records/|observability/|call/|agents/|tools/|audio/|models/)',
  ],
  '^src/server(/|[.]ts$)': ['^src/(http|emulator|twilio|live|records|observability|call|agents|tools|audio|models)/'],
  '^src/http/': ['^src/twilio/', '^src/call/(events|registry|ports)[.]ts$'],
  '^src/console/': ['^src/audio/', '^src/call/(events|ports)[.]ts$'],
  '^src/emulator/': ['^src/(twilio|live)/wire[.]ts$', '^src/(models|audio)/'],
  '^src/twilio/': ['^src/call/ports[.]ts$', '^src/tools/tool[.]ts$', '^src/audio/'],
  '^src/live/': ['^src/call/ports[.]ts$', '^src/tools/tool[.]ts$', '^src/(models|audio)/'],
  '^src/records/': ['^src/call/events[.]ts$', '^src/audio/'],
  '^src/observability/': ['^src/call/events[.]ts$'],
  '^src/call/': ['^src/(tools|audio)/'],
  '^src/agents/': ['^src/(models|audio)/'],
  '^src/tools/': [],
  '^src/audio/': [],
  '^src/models/': [],
  [GROUND]: [],
};

/** Inside the call: what each of its rooms may import, beside itself and what stands in front of them all. */
const ROOMS_OF_THE_CALL = {
  agent: [],
  caller: ['agent'],
  tools: ['agent'],
  dialogue: ['agent', 'caller', 'tools'],
  model: ['dialogue'],
};

const arrowsInTheCall = Object.entries(ROOMS_OF_THE_CALL).map(([room, allowed]) => ({
  name: `arrows-of-call-${room}`,
  comment: 'Arrows point down inside the call, too.',
  severity: 'error',
  from: { path: `^src/call/${room}/` },
  to: { path: '^src/call/[^/]+/', pathNot: [room, ...allowed].map((one) => `^src/call/${one}/`) },
}));

const arrows = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `arrows-of-${room.replace(/[^a-z|]/g, '').replace(/^src/, '')}`,
  comment: 'Arrows point down only, and only where the table of rooms has one.',
  severity: 'error',
  from: { path: room },
  to: { path: '^src/', pathNot: [room, GROUND, ...allowed] },
}));

/** Packages that take long to load, and the only files that begin with them; those are loaded on demand themselves. */
const HEAVY_PACKAGES =
  'node_modules/(undici|ajv|google-auth-library|twilio|@modelcontextprotocol|@echogarden|@bjorn3)/';
const LOADED_ON_DEMAND =
  '^src/(emulator/|cli/(call/call|dial/call|chat/chat|test/test)-|tools/(http-exchange|mcp-(server|session|transport|message-buffer|tool-list))[.]ts$)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...arrows,
    ...arrowsInTheCall,
    {
      name: 'every-file-in-a-room',
      comment: 'A file outside the table would escape every rule.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(ROOMS) },
      to: {},
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'carrier-and-model-do-not-meet',
      comment: 'A second carrier, or a second provider, is one new folder.',
      severity: 'error',
      from: { path: '^src/(twilio|live)/' },
      to: { path: '^src/(twilio|live)/', pathNot: '^src/$1/' },
    },
    {
      name: 'the-domain-knows-no-vendor',
      comment: 'The call and the table of models run on nothing but the language, types included.',
      severity: 'error',
      from: { path: '^src/(call|models)/' },
      to: { pathNot: '^src/' },
    },
    {
      name: 'audio-does-no-io',
      severity: 'error',
      from: { path: '^src/audio/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-emulator-is-loaded-on-demand',
      comment:
        'A server in production never loads it. `liveline call` plays the phone, and `liveline chat` has a server of its own, in files that each loads itself.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(emulator/|cli/(call/call|dial/call|chat/chat|test/test)-)' },
      to: {
        path: '^src/(emulator/|cli/(call/call|dial/call|chat/chat|test/test)-)',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'heavy-packages-are-loaded-on-demand',
      comment: 'A server that does not need them is ready in half a second.',
      severity: 'error',
      from: { path: '^src/', pathNot: LOADED_ON_DEMAND },
      to: {
        path: `${HEAVY_PACKAGES}|${LOADED_ON_DEMAND}`,
        pathNot: 'node_modules/twilio/lib/webhooks/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-shipped-packages',
      comment: 'What is not in `dependencies` is not there in an image. The page is bundled, and brings its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] },
    },
    {
      name: 'the-page-takes-types-from-the-call',
      comment: 'It runs elsewhere, and knows the server by its API only.',
      severity: 'error',
      from: { path: '^src/console/' },
      to: { path: '^src/call/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'sources-stand-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|bin)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6'],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
