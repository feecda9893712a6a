/** Texts that people read, in German and English. */
import type { ArchiveCode } from '../../greyhound/index.js';
import type { MailFailureCode } from '../../mail/errors.js';
import type { BridgeCode } from '../failure.js';
import type { AdviceCode } from '../../mail/advice/index.js';
import { adviceTexts } from './advice.js';
import { archiveFailures } from './archive-failures.js';
import { bridgeFailures } from './bridge-failures.js';
import { findingTexts } from './findings.js';
import { lookUpFindings } from './look-up-findings.js';
import { mailFailures } from './mail-failures.js';
import { oauthFindings } from './oauth-findings.js';
import { sendingFindings } from './sending-findings.js';
import type { Message } from './text.js';

export { recordWords, type RecordWords } from './assignment.js';
export { gmailHelp, type HelpStep } from './provider-help.js';
export { fill, type Language, type Localized, type Message, type TextParams } from './text.js';

export type MessageCode =
  | BridgeCode
  | ArchiveCode
  | MailFailureCode
  | AdviceCode
  | keyof typeof findingTexts
  | keyof typeof oauthFindings
  | keyof typeof sendingFindings
  | keyof typeof lookUpFindings;

/** Every code that a caller can meet, with what it is called. */
export const messages: Readonly<Record<MessageCode, Message>> = {
  ...bridgeFailures,
  ...archiveFailures,
  ...mailFailures,
  ...findingTexts,
  ...oauthFindings,
  ...sendingFindings,
  ...lookUpFindings,
  ...adviceTexts,
};
