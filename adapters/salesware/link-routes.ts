/** „Konto verknüpfen“ and „Verknüpfung aufheben“, for accounts that stand and for one that is still being entered. */
import { z } from 'zod';
import type { AnyRoute } from '../../src/bridge/index.js';
import { accountLinkRequest, newLinkRequest } from '../../src/bridge/oauth/index.js';
import type { Operations } from '../operations.js';
import { linkWords } from './field-words.js';
import { codes } from './forms.js';
import { accountLinkAnswer, linkAnswer, toAccountLinkAnswer, toLinkAnswer } from './links.js';
import { translator } from './translation.js';

/** How somebody signs in: in the browser, by a code on another device, not at all (application), or consents for all. */
const ways = {
  anmeldung: 'redirect',
  code: 'device',
  anwendung: 'application',
  administrator: 'adminConsent',
} as const;

const accountKinds = { pop3: 'incoming', smtp: 'smtp' } as const;

const request = {
  weg: codes(ways).optional(),
  anbieter: accountLinkRequest.shape.provider,
  /** Who may sign in instead of the mailbox itself. */
  delegierter: accountLinkRequest.shape.delegate,
  /** Where the browser comes back to: the account's form. */
  ruecksprung: accountLinkRequest.shape.returnUrl,
};
const accountLinkForm = z.strictObject(request);
const newLinkForm = z.strictObject({
  ...request,
  server: newLinkRequest.shape.host,
  emailAdresse: newLinkRequest.shape.emailAddress,
  kontoart: codes(accountKinds).optional(),
});

const toRequest = (form: z.infer<typeof accountLinkForm>) => ({
  flow: form.weg && ways[form.weg],
  provider: form.anbieter,
  delegate: form.delegierter,
  returnUrl: form.ruecksprung,
});

const byLinkId = z.strictObject({ verknuepfungId: z.string() });
const byId = z.strictObject({ id: z.string() });

const link = { schema: linkAnswer, answer: toLinkAnswer } as const;
const accountLink = {
  description: 'How the account is linked, and what to do',
  schema: accountLinkAnswer,
  answer: toAccountLinkAnswer,
} as const;

export const linkRoutes = (operations: Operations): AnyRoute[] => [
  ...newLinkRoutes(operations),
  ...accountLinkRoutes(operations, 'IncomingAccount', '/pop3-konten', 'POP3-Konto'),
  ...accountLinkRoutes(operations, 'SmtpAccount', '/smtp-konten', 'SMTP-Konto'),
];

function newLinkRoutes(operations: Operations): AnyRoute[] {
  const translate = translator(operations);
  const path = '/verknuepfungen/{verknuepfungId}';
  const input = ({ params }: { params: z.infer<typeof byLinkId> }) => ({
    params: { linkId: params.verknuepfungId },
  });
  return [
    translate({
      operationId: 'saleswareCreateLink',
      method: 'post',
      path: '/verknuepfungen',
      summary:
        '„Konto verknüpfen“ before the account is saved; the form then carries verknuepfungId',
      body: newLinkForm,
      operation: 'createLink',
      input: ({ body }) => ({
        body: {
          ...toRequest(body),
          host: body.server,
          emailAddress: body.emailAdresse,
          accountKind: body.kontoart && accountKinds[body.kontoart],
        },
      }),
      words: linkWords,
      status: 201,
      description: 'The link, with the page to open',
      ...link,
    }),
    translate({
      operationId: 'saleswareGetLink',
      method: 'get',
      path,
      summary: 'How far a link is',
      params: byLinkId,
      operation: 'getLink',
      input,
      description: 'The link',
      ...link,
    }),
    translate({
      operationId: 'saleswareDiscardLink',
      method: 'delete',
      path,
      summary: 'Discard a link that no account uses',
      params: byLinkId,
      operation: 'discardLink',
      input,
      description: 'It is gone',
      schema: null,
    }),
  ];
}

function accountLinkRoutes(
  operations: Operations,
  noun: 'IncomingAccount' | 'SmtpAccount',
  register: string,
  title: string,
): AnyRoute[] {
  const translate = translator(operations);
  const path = `${register}/{id}/verknuepfung`;
  const input = ({ params }: { params: z.infer<typeof byId> }) => ({ params });
  return [
    translate({
      operationId: `saleswareLink${noun}`,
      method: 'post',
      path,
      summary: `„Konto verknüpfen“ of a ${title}; a linked one is unlinked first`,
      params: byId,
      body: accountLinkForm.optional(),
      bodyOptional: true,
      operation: `link${noun}`,
      input: ({ params, body }) => ({ params, body: body && toRequest(body) }),
      words: linkWords,
      status: 201,
      description: 'The link, with the page to open',
      ...link,
    }),
    translate({
      operationId: `saleswareGet${noun}Link`,
      method: 'get',
      path,
      summary: `How a ${title} is linked`,
      params: byId,
      operation: `get${noun}Link`,
      input,
      ...accountLink,
    }),
    translate({
      operationId: `saleswareUnlink${noun}`,
      method: 'delete',
      path,
      summary: `„Verknüpfung aufheben“ of a ${title}; all other settings stay`,
      params: byId,
      operation: `unlink${noun}`,
      input,
      ...accountLink,
    }),
  ];
}
