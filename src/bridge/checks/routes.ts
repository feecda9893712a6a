/** "Einstellungen prüfen": tries an account on exactly the values of the form, saved or not; changes nothing. */
import { z } from 'zod';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { ArchiveAccess } from '../archive-access.js';
import {
  incomingAccountCreate,
  incomingAccountUpdate,
  smtpAccountCreate,
  smtpAccountUpdate,
} from '../accounts/schemas.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { id } from '../messages/schemas.js';
import { noLinks, type LinkPort } from '../oauth/link-port.js';
import { incomingTrial, smtpTrial, type TrialDependencies } from './account-trials.js';
import { checkAccount, type AccountTrial } from './check-account.js';
import { findingsReply, findingsSchema } from './finding.js';

/** The whole form may be sent; what the connection does not need is ignored. */
const unsavedIncoming = z.strictObject({
  ...incomingAccountUpdate.shape,
  host: incomingAccountCreate.shape.host,
  username: incomingAccountCreate.shape.username,
  emailAddress: incomingAccountCreate.shape.emailAddress,
  smtp: incomingAccountCreate.shape.smtp,
  reuse: z.boolean().optional(),
});

const unsavedSmtp = z.strictObject({
  ...smtpAccountUpdate.shape,
  host: smtpAccountCreate.shape.host,
});

export interface CheckRouteDependencies {
  readonly archive: ArchiveAccess;
  readonly connect: ConnectDependencies;
  /** Finished links of accounts that are being entered; none unless told. */
  readonly links?: Pick<LinkPort, 'credentialFor'>;
}

export function checkRoutes({
  archive,
  connect,
  links = noLinks,
}: CheckRouteDependencies): readonly AnyRoute[] {
  const check = async (
    language: Language,
    prepare: (dependencies: TrialDependencies) => Promise<AccountTrial>,
  ) => {
    const client = await archive.client();
    const hasMailBridge = await archive.hasMailBridge();
    const trial = await prepare({ client, hasMailBridge, connect, links });
    return findingsReply(await checkAccount(trial, language));
  };
  const common = {
    method: 'post',
    scope: 'accounts:write',
    responses: { 200: { description: 'Findings', schema: findingsSchema } },
  } as const;
  const params = z.object({ id });
  return [
    route({
      ...common,
      operationId: 'checkNewIncomingAccount',
      path: '/api/v1/incoming-accounts/check',
      summary: 'Try an incoming account that is not saved yet',
      tag: 'incoming accounts',
      body: unsavedIncoming,
      handler: ({ body, language }) =>
        check(language, (dependencies) => incomingTrial(dependencies, 0, body)),
    }),
    route({
      ...common,
      operationId: 'checkIncomingAccount',
      path: '/api/v1/incoming-accounts/{id}/check',
      summary: 'Try a saved incoming account, with unsaved changes on top',
      tag: 'incoming accounts',
      params,
      body: incomingAccountUpdate.optional(),
      bodyOptional: true,
      handler: ({ body, params: { id: accountId }, language }) =>
        check(language, (dependencies) => incomingTrial(dependencies, accountId, body ?? {})),
    }),
    route({
      ...common,
      operationId: 'checkNewSmtpAccount',
      path: '/api/v1/smtp-accounts/check',
      summary: 'Try an SMTP account that is not saved yet',
      tag: 'SMTP accounts',
      body: unsavedSmtp,
      handler: ({ body, language }) =>
        check(language, (dependencies) => smtpTrial(dependencies, 0, body)),
    }),
    route({
      ...common,
      operationId: 'checkSmtpAccount',
      path: '/api/v1/smtp-accounts/{id}/check',
      summary: 'Try a saved SMTP account, with unsaved changes on top',
      tag: 'SMTP accounts',
      params,
      body: smtpAccountUpdate.optional(),
      bodyOptional: true,
      handler: ({ body, params: { id: accountId }, language }) =>
        check(language, (dependencies) => smtpTrial(dependencies, accountId, body ?? {})),
    }),
  ];
}
