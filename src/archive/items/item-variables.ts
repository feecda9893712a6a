/** What an item offers to texts that are written about it. The names are this archive's own: the reference has none. */
import type { DetailedItem, VariableItem } from '../../greyhound/index.js';
import { parseAddresses } from './mime/addresses.js';

const sender = ({ From }: DetailedItem) => parseAddresses(From.Text)[0];

const values: Readonly<Record<string, (item: DetailedItem) => string>> = {
  ItemID: ({ ID }) => (ID === 0 ? '' : String(ID)),
  ItemNumber: ({ Number: number }) => number,
  ItemSubject: ({ Subject }) => Subject,
  ItemDate: ({ StartDate }) => StartDate?.toISOString().slice(0, 10) ?? '',
  FromName: (item) => sender(item)?.name ?? '',
  FromAddress: (item) => sender(item)?.address ?? '',
  Recipients: ({ Recipients }) => Recipients.map(({ Text }) => Text).join(', '),
  GroupName: ({ GroupName }) => GroupName,
  UserName: ({ UserName }) => UserName,
  TopicName: ({ TopicName }) => TopicName,
};

export const variableNames: readonly string[] = Object.keys(values);

export const itemVariables = (item: DetailedItem): VariableItem[] =>
  Object.entries(values).map(([Name, value]) => ({ Name, Data: value(item) }));
