/** The directions of import (ARCHITECTURE.md, "Directions"). Checked by `npm run lint`. */
const outside = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
module.exports = {
  forbidden: [
    outside('no-cycles', 'A cycle has no first reader.', {}, { circular: true }),
    outside(
      'only-main-wires',
      'Nothing imports main.ts; it alone wires things together.',
      { pathNot: '^(test|fixtures|scripts)/' },
      { path: '^src/main\\.ts$' },
    ),
    outside(
      'platform-knows-no-mail',
      'platform/ imports nothing else of ours.',
      { path: '^src/platform/' },
      { path: '^(src/(?!platform/)|adapters/)' },
    ),
    outside(
      'greyhound-stands-alone',
      'The wire contract imports only platform/.',
      { path: '^src/greyhound/' },
      { path: '^(src/(?!(greyhound|platform)/)|adapters/)' },
    ),
    outside(
      'mail-stands-low',
      'Protocol clients import only platform/.',
      { path: '^src/mail/' },
      { path: '^(src/(?!(mail|platform)/)|adapters/)' },
    ),
    outside(
      'bridge-not-archive',
      'The bridge reaches the archive over the wire only.',
      { path: '^src/bridge/' },
      { path: '^(src/archive/|adapters/)' },
    ),
    outside(
      'archive-not-bridge',
      'The archive is the server side: it does not know the bridge.',
      { path: '^src/archive/' },
      { path: '^(src/bridge/|adapters/)' },
    ),
    outside(
      'adapters-use-public-bridge',
      'Adapters call the bridge through its index.ts files.',
      { path: '^adapters/' },
      { path: '^src/', pathNot: ['^src/bridge/index\\.ts$', '^src/bridge/[^/]+/index\\.ts$'] },
    ),
    outside(
      'adapters-apart',
      'One ERP does not import another.',
      { path: '^adapters/([^/]+)/' },
      { path: '^adapters/', pathNot: '^adapters/($1/|[^/]+\\.ts$)' },
    ),
    outside(
      'express-at-the-edge',
      'express only in http/, rpc/ and routes.ts files.',
      { path: '^(src|adapters)/', pathNot: '(/http/|/rpc/|routes\\.ts$)' },
      { path: 'node_modules/express/' },
    ),
    outside(
      'not-to-test',
      'The product does not import tests or fixtures.',
      { path: '^(src|adapters)/' },
      { path: '^(test|fixtures|scripts)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
