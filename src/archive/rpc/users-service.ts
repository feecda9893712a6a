/** RpcUsers: the users of the caller's realm. */
import {
  OnlineState,
  RpcUserInfo,
  RpcUserItem,
  UserState,
  type RpcUsers,
} from '../../greyhound/index.js';
import type { Handlers } from './handlers.js';
import type { Clients } from './clients.js';
import type { Realms } from './realms.js';

export function usersHandlers(realms: Realms, clients: Clients): Handlers<typeof RpcUsers.methods> {
  return {
    GetList: async (_parameters, { realmId }) =>
      (await realms.users(realmId)).map(({ userId, username, created }) =>
        RpcUserItem.make({
          ID: userId,
          Username: username,
          FormattedName: username,
          State: UserState.usActive,
          OnlineState:
            clients.ofUser(userId).length > 0 ? OnlineState.osOnline : OnlineState.osOffline,
          Created: created,
        }),
      ),
    GetUserInfo: (_parameters, { userId, username }) =>
      RpcUserInfo.make({
        ID: userId,
        Username: username,
        FormattedName: username,
        OnlineState: OnlineState.osOnline,
      }),
    /** Gives back the client's locks and forgets its events. */
    Logout: (_parameters, caller) => {
      clients.end(clients.of(caller));
      return undefined;
    },
  };
}
