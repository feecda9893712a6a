/** Why a documented method is not served, in a word: part of the answer, and of docs/archive-methods.md. */
const names = (list: string): readonly string[] => list.trim().split(/\s+/);

/** By reason; the methods of one service at a time. */
const reasons: readonly (readonly [service: string, reason: string, methods: readonly string[]])[] =
  [
    ['RpcUsers', 'no telephony', names('AddSipEvent ClearSipEvents GetSipEvents')],
    ['RpcUsers', 'no second factor', names('Authenticate2fa Enable2fa')],
    ['RpcUsers', 'no profiles', names('SetProfile')],
    ['RpcInfo', 'the form of its counts is not documented', names('GetItemCount')],
    ['RpcInfo', 'add-ons are part of the program', names('GetAddOn UpdateAddOns')],
    ['RpcInfo', 'no remote maintenance', names('GetServicePin')],
    ['RpcInfo', 'indexes change with each mail', names('ReindexAllItems')],
    ['RpcInfo', 'no spam filter', names('TrainSpamFilter')],
    ['RpcRules', 'no expert rules', names('GetSourceCode')],
    ['RpcItems', 'no contacts', names('AddClassified DeleteClassified GetContactSalutation')],
    [
      'RpcItems',
      'no address book',
      names(`AddComLink AddMruAddressItem AddMruAddressItems DeleteMruAddressItem GetCardList
        GetComLinkList GetSubComLinkList`),
    ],
    ['RpcItems', 'no public links', names('AddShare DeleteShare GetShareList')],
    [
      'RpcItems',
      'no stored views',
      names(`AddViewOptionFilter DeleteViewOption ExportViewOption GetViewOption GetViewOptionList
        GetViewOptionLockData LockViewOption NewViewOption PutViewOption UnlockViewOption`),
    ],
    [
      'RpcItems',
      'no calendar',
      names('DeleteReminder GetEventList GetReminderList SetPeriod SetPeriodList UpdateReminder'),
    ],
    ['RpcItems', 'no text recognition', names('ExtractDocumentData GetOcrBlocks')],
    ['RpcItems', 'no faxes or letters', names('GetPreviewDif')],
    ['RpcItems', 'no synchronisation with devices', names('GetSyncDetails GetSyncList')],
    ['RpcItems', 'no workflow rules', names('GetRules')],
    ['RpcItems', 'no templates', names('SetTemplate SetTemplateList')],
    ['RpcItems', 'no user fields', names('SetUserField SetUserFieldList SetUserFields')],
  ];

/** Reasons by full name of the method. */
export const refusals: ReadonlyMap<string, string> = new Map(
  reasons.flatMap(([service, reason, methods]) =>
    methods.map((method): [string, string] => [`${service}.${method}`, reason]),
  ),
);

/** Services of the contract that have nothing to do with e-mail, or not here; of their methods not all are known. */
export const refusedServices: Readonly<Record<string, string>> = {
  RpcCampaigns: 'no campaigns',
  RpcCategories: 'no categories of their own',
  RpcChats: 'no chats',
  RpcCheckings: 'no checks of data',
  RpcCities: 'no address data',
  RpcCountries: 'no address data',
  RpcDataExchange: 'no exchange of data',
  RpcDevices: 'no devices',
  RpcExtensions: 'no extensions',
  RpcGoogleSync: 'no synchronisation',
  RpcMemory: 'no shared memory',
  RpcMessengers: 'no messengers',
  RpcMimeTypes: 'no list of types',
  RpcProfiles: 'no profiles',
  RpcQuickDialings: 'no telephony',
  RpcReports: 'no reports',
  RpcSalutations: 'no contacts',
  RpcSchemas: 'no reports',
  RpcSpamFilters: 'no spam filter',
  RpcStopWords: 'no stop words',
  RpcTemplates: 'no templates',
  RpcUserFields: 'no user fields',
};

/** Why a method is refused; undefined when nobody knows it. @param method full name */
export function refusalOf(method: string): string | undefined {
  const service = method.split('.', 1)[0]?.toLowerCase();
  const known = Object.entries(refusedServices).find(([name]) => name.toLowerCase() === service);
  return refusals.get(method) ?? known?.[1];
}
