/** Messages on their way from a mailbox into the raw store. */
import type { MailFailure } from '../../mail/errors.js';
import type { MessageListing } from '../../mail/message-transfer.js';
import type { RawMailStore, RawWriter, StagedRaw } from '../store/raw-mail-store.js';
import type { RemoteMailbox } from './remote-mailbox.js';

/** A complete message, written and not yet durable; or why there is none. */
export type Received<M extends MessageListing> =
  | { readonly message: M; readonly staged: StagedRaw }
  | { readonly message: M; readonly failure: MailFailure };

/**
 * Fetches messages in the order given. One that the server refuses, or that is too large, fails alone.
 * @param messages each number once
 * @throws MailFailure when the connection fails; the store's own error when it cannot write
 */
export async function* receive<M extends MessageListing>(
  mailbox: Pick<RemoteMailbox, 'retrieve'>,
  raw: RawMailStore,
  messages: readonly M[],
): AsyncGenerator<Received<M>, void, void> {
  const byNumber = new Map(messages.map((message) => [message.number, message]));
  const writers = new Map<number, RawWriter>();
  const openSink = ({ number }: MessageListing): RawWriter => {
    const writer = raw.writer();
    writers.set(number, writer);
    return writer;
  };
  try {
    for await (const { message, failure } of mailbox.retrieve(messages, openSink)) {
      const asked = byNumber.get(message.number);
      const writer = writers.get(message.number);
      if (asked === undefined) continue;
      if (failure !== null) yield { message: asked, failure };
      if (failure !== null || writer === undefined) continue;
      const staged = await writer.finish();
      writers.delete(message.number);
      yield { message: asked, staged };
    }
  } finally {
    for (const writer of writers.values()) await writer.discard();
  }
}
