/**
 * The script of the rule that files incoming mail of one account into its group. One template, written by whoever
 * creates the rule and understood by the embedded archive, which runs this script and no other.
 *
 * A mail goes into the group when one of its recipients (To, Cc, Bcc, Envelope-To, Delivered-To, X-Original-To) is the
 * group's address, or it came through the account. With several such rules the mail goes to the group that it is
 * addressed to; the account decides only where no rule knows a recipient.
 */
export interface InboundRuleParameters {
  readonly groupId: number;
  /** The group's address when the rule was written; what counts is the address that the group has at run time. */
  readonly address: string;
  readonly accountId: number;
}

/** @throws RangeError for an id below 1, or an address with a control character */
export function inboundRuleScript({ groupId, address, accountId }: InboundRuleParameters): string {
  for (const id of [groupId, accountId])
    if (!Number.isSafeInteger(id) || id < 1) throw new RangeError('an id must be at least 1');
  if (/\p{Cc}/u.test(address)) throw new RangeError('an address has no control characters');
  return `// Eingangsverarbeitung, Version 1
const
  GROUP_REF = ${groupId};
  GROUP_ADDRESS = '${address.replaceAll("'", "''")}';
  ACCOUNT_REF = ${accountId};
begin
  if Item.HasRecipient(Groups.Address(GROUP_REF, GROUP_ADDRESS)) then
    Item.SetGroup(GROUP_REF)
  else if (Item.Pop3Ref = ACCOUNT_REF) and not Item.HasRecipientOfAnyGroup then
    Item.SetGroup(GROUP_REF);
end.
`;
}

const PARAMETERS =
  /^ {2}GROUP_REF = (\d{1,15});\n {2}GROUP_ADDRESS = '((?:[^'\n]|'')*)';\n {2}ACCOUNT_REF = (\d{1,15});$/m;

/** The parameters of a script that `inboundRuleScript` wrote; null for any other text. Line breaks may be CRLF. */
export function parseInboundRuleScript(source: string): InboundRuleParameters | null {
  const text = source.replaceAll('\r\n', '\n').trim();
  const [, groupId, address, accountId] = PARAMETERS.exec(text) ?? [];
  const parameters = {
    groupId: Number(groupId),
    address: (address ?? '').replaceAll("''", "'"),
    accountId: Number(accountId),
  };
  if (!(parameters.groupId >= 1) || !(parameters.accountId >= 1)) return null;
  return inboundRuleScript(parameters).trim() === text ? parameters : null;
}
