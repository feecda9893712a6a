/** `Prefer: respond-async` (RFC 7240 §4.1): a save answers 202 as soon as it has begun and is followed from there. */
import type { Reply, RequestContext } from '../http/route.js';

type Context = Pick<RequestContext<never, never, never>, 'request'>;

const wantsAsync = ({ request }: Context): boolean =>
  (request.get('Prefer') ?? '')
    .split(',')
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');

/** A failure before the operation has begun is answered as such; afterwards the operation tells. */
export async function answerSave<R>(
  context: Context,
  save: (onStarted: (operationId: string) => void) => Promise<R>,
  reply: (result: R) => Reply,
): Promise<Reply> {
  if (!wantsAsync(context)) return reply(await save(() => undefined));
  return new Promise<Reply>((resolve, reject) => {
    const accept = (operationId: string): void => {
      const headers = {
        Location: `/api/v1/operations/${operationId}`,
        'Preference-Applied': 'respond-async',
      };
      resolve({ status: 202, body: { operationId }, headers });
    };
    save(accept).then((result) => resolve(reply(result)), reject);
  });
}
