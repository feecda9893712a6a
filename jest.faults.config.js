/** The fault suites at full length: `npm run test:faults`. */
import base from './jest.config.js';

export default {
  ...base,
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  globals: { faultExtent: 'full' },
  testTimeout: 3_600_000,
};
