/**
 * `{{Name}}` in a signature stands for who sends: the group, and the user for whom the ERP asks. A value that is
 * missing, and a name that is not known, is empty: nothing of that kind ever reaches a customer.
 */
import type { Group } from '../../greyhound/index.js';
import type { UserRecord } from '../directory/record.js';

export interface Sender {
  readonly group: Pick<Group, 'Name' | 'Email' | 'Phone' | 'Mobile' | 'Fax' | 'PostalAddress'>;
  /** null: nobody in particular. */
  readonly user: Pick<UserRecord, 'name' | 'emails'> | null;
}

const variables: Readonly<Record<string, (sender: Sender) => string>> = {
  username: ({ user }) => user?.name ?? '',
  useremail: ({ user }) => user?.emails[0] ?? '',
  groupname: ({ group }) => group.Name,
  groupemail: ({ group }) => group.Email,
  groupphone: ({ group }) => group.Phone,
  groupmobile: ({ group }) => group.Mobile,
  groupfax: ({ group }) => group.Fax,
  grouppostaladdress: ({ group }) => group.PostalAddress,
};

const filled = (text: string, sender: Sender, written: (value: string) => string): string =>
  text.replace(/\{\{\s*(\w{1,50})\s*\}\}/g, (_, name: string) =>
    written(variables[name.toLowerCase()]?.(sender) ?? ''),
  );

export const signatureText = (text: string, sender: Sender): string =>
  filled(text, sender, (value) => value);

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Values are text there, too; their line breaks are kept. */
export const signatureHtml = (html: string, sender: Sender): string =>
  filled(html, sender, (value) =>
    value.replace(/[&<>"]/g, (one) => ESCAPES[one] ?? one).replace(/\r?\n/g, '<br>'),
  );
