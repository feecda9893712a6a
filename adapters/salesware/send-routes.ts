/**
 * A new mail is sent, and assigned like one that is clicked (SAL-125). The mail goes first: whatever becomes of the
 * assignment, the answer is that of the sending, and says how the assignment went. It is made up for by a click.
 */
import { z } from 'zod';
import {
  InvalidInput,
  knownFailure,
  refuse,
  route,
  type AnyRoute,
  type Language,
  type RequestContext,
} from '../../src/bridge/index.js';
import { newMessage } from '../../src/bridge/messages/index.js';
import { fill, messages } from '../../src/bridge/texts/index.js';
import type { Operations } from '../operations.js';
import { messageWords } from './field-words.js';
import { assigned, openedView } from './opened-message.js';
import type { Text } from './texts.js';

const model = newMessage.shape;
const file = model.attachments.unwrap().element.shape;

const messageForm = z.strictObject({
  /** Whose address the mail is sent with; or `absender`. */
  gruppe: model.groupId,
  absender: model.from,
  an: model.to,
  kopie: model.cc,
  blindkopie: model.bcc,
  betreff: model.subject,
  text: model.text,
  html: model.html,
  antwortAuf: model.replyToId,
  weiterleitungVon: model.forwardOfId,
  signatur: model.signatureId,
  anhaenge: z
    .array(
      z.strictObject({
        name: file.name,
        dateityp: file.contentType,
        inhaltBase64: file.contentBase64,
      }),
    )
    .max(100)
    .default([]),
  entwurf: model.draft,
});
type MessageForm = z.infer<typeof messageForm>;

const sentView = z.object({
  id: z.int(),
  zustand: z.enum(['entwurf', 'inWarteschlange']),
  /** Where the sending is followed. */
  verfolgen: z.string(),
  /** null for a draft: it is assigned when it is sent or clicked. */
  zuordnung: z
    .discriminatedUnion('gelungen', [
      z.object({ gelungen: z.literal(true), ...openedView.shape }),
      z.object({ gelungen: z.literal(false), code: z.string(), meldung: z.string() }),
    ])
    .nullable(),
});
type Assigned = z.infer<typeof sentView>['zuordnung'];

const accepted = z.object({
  id: z.int(),
  state: z.enum(['draft', 'queued']),
  links: z.object({ self: z.string() }),
});

const senderNeeded: Text = {
  de: 'Geben Sie entweder die Gruppe oder die Absenderadresse an.',
  en: 'Give either the group or the sender address.',
};

/** @throws InvalidInput in the words of the form */
function requireSender(form: MessageForm, language: Language): void {
  const hasOwn = form.gruppe !== undefined || form.absender !== undefined;
  const isTold = hasOwn || (form.antwortAuf ?? form.weiterleitungVon) !== undefined;
  if (isTold && (form.gruppe === undefined || form.absender === undefined)) return;
  const message = senderNeeded[language];
  throw new InvalidInput([{ field: 'absender', code: 'invalidRequest', message }]);
}

const toMessage = (form: MessageForm) => ({
  groupId: form.gruppe,
  from: form.absender,
  to: form.an,
  cc: form.kopie,
  bcc: form.blindkopie,
  subject: form.betreff,
  text: form.text,
  html: form.html,
  replyToId: form.antwortAuf,
  forwardOfId: form.weiterleitungVon,
  signatureId: form.signatur,
  attachments: form.anhaenge.map(({ name, dateityp, inhaltBase64 }) => ({
    name,
    contentType: dateityp,
    contentBase64: inhaltBase64,
  })),
  draft: form.entwurf,
});

export const sendRoutes = (operations: Operations): AnyRoute[] => {
  const limit = operations.bodyLimitBytes('sendMessage');
  return [
    route({
      operationId: 'saleswareSendMessage',
      method: 'post',
      path: '/adapters/salesware/nachrichten',
      summary: 'Send a mail, then assign ERP data to it',
      tag: 'salesware',
      scope: operations.scopeOf('sendMessage'),
      resumes: operations.resumes('sendMessage'),
      ...(limit === undefined ? {} : { bodyLimitBytes: limit }),
      body: messageForm,
      responses: {
        202: { description: 'In the outbox, or kept as a draft', schema: sentView },
      },
      handler: async (context) => {
        requireSender(context.body, context.language);
        const input = { body: toMessage(context.body) };
        const { headers, body } = await operations.call(
          'sendMessage',
          context,
          input,
          messageWords,
        );
        const { id, state, links } = accepted.parse(body);
        const zustand = state === 'draft' ? 'entwurf' : 'inWarteschlange';
        const zuordnung =
          state === 'draft' ? null : await assignedIfPossible(operations, context, id);
        return {
          status: 202,
          ...(headers === undefined ? {} : { headers }),
          body: { id, zustand, verfolgen: links.self, zuordnung },
        };
      },
    }),
  ];
};

/** Never fails: the mail is on its way, and a failure would have it sent again. */
async function assignedIfPossible(
  operations: Operations,
  context: RequestContext<unknown, unknown, unknown>,
  id: number,
): Promise<Assigned> {
  try {
    const scope = operations.scopeOf('runAssignment');
    if (scope !== null && !context.caller.scopes.has(scope)) throw refuse('forbidden');
    const click = { context, messageId: String(id), trigger: 'send' } as const;
    return { gelungen: true, ...(await assigned(operations, click)) };
  } catch (error) {
    const { code, params } = knownFailure(error);
    const meldung = fill(messages[code].detail, context.language, params);
    return { gelungen: false, code, meldung };
  }
}
