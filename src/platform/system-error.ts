/** @returns the code of a system or SQLite error, such as `ENOENT`; undefined for any other error */
export const systemCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
