/** Accept-Language (RFC 9110 §12.5.4): German or English; English when neither is wanted. */
import type { Request } from 'express';
import type { Language } from '../texts/text.js';

export const languageOf = (request: Request): Language =>
  request.acceptsLanguages('en', 'de') === 'de' ? 'de' : 'en';
