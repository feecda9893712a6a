/**
 * Commands of our own over nodemailer's connection, one at a time. The library sends such commands for handlers of
 * authentication only (`customAuth`), so every dialogue is run as one, also those that have nothing to do with it.
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpError } from './replies.js';

export interface Answer {
  /** 0 when the line does not begin with a reply code. */
  readonly code: number;
  /** As it came, lines separated by LF. */
  readonly response: string;
}

export type Ask = (command: string) => Promise<Answer>;

type Dialogue = (ask: Ask) => void;

const METHOD = 'DIALOGUE';

/** For the options of the connection. The handler never settles: the dialogue has its own way to tell its outcome. */
export const dialogueHandlers: NonNullable<SMTPConnection.Options['customAuth']> = {
  [METHOD]: (context) => {
    const dialogue = context.auth['dialogue'] as Dialogue;
    dialogue(async (command) => {
      const { response } = await context.sendCommand(command);
      return { code: Number(/^\d{3}(?=[ -]|$)/.exec(response)?.[0] ?? 0), response };
    });
  },
};

/**
 * @param done told once: the dialogue's result, or why it failed; a fault of the connection comes as its error event
 */
export function runDialogue<T>(
  connection: SMTPConnection,
  dialogue: (ask: Ask) => Promise<T>,
  done: (error: SmtpError | null, result?: T) => void,
): void {
  const run: Dialogue = (ask) => {
    dialogue(ask).then((result) => done(null, result), done);
  };
  connection.login({ method: METHOD, dialogue: run }, (error) => done(error));
}

/** An answer that was not hoped for, as nodemailer would report it. */
export function asError({ code, response }: Answer, command: string): SmtpError {
  return Object.assign(new Error('unexpected answer'), { responseCode: code, response, command });
}
