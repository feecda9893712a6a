/** The address of an incoming account: its user name, or, where that is no address, the one of its group. */
import type { GreyhoundClient, Pop3Account } from '../../greyhound/index.js';
import { isEmailAddress, sameName } from '../accounts/fields.js';

/** null: nobody knows. */
export async function mailboxAddress(
  client: GreyhoundClient,
  { Username, Name }: Pick<Pop3Account, 'Username' | 'Name'>,
): Promise<string | null> {
  const username = Username.trim();
  if (isEmailAddress(username)) return username;
  const groups = await client.groups.GetCompleteList({ AdvancedFields: true });
  const address = groups.find((group) => sameName(group.Name, Name))?.Email ?? '';
  return isEmailAddress(address) ? address : null;
}
