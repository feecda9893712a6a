/** Until installations are paired there is one; every row names it, so that there can be more. */
export const DEFAULT_INSTALLATION = 'default';
