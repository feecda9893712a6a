/** Every method that the vendor's reference names of the services that concern e-mail, whether it is served or not. */
const names = (list: string): readonly string[] => list.trim().split(/\s+/);

export const documentedMethods: Readonly<Record<string, readonly string[]>> = {
  '': names('GetEvent'),
  RpcInfo: names(`
    CountCul CountNamedCul GetAddOn GetAddOnList GetItemCount GetQueueStatus GetRightList GetServerInfo
    GetServerSettings GetServerStatus GetServicePin GetVariables InvalidateAllCaches ReindexAllItems
    SendAndReceiveNow TrainSpamFilter UpdateAddOns`),
  RpcUsers: names(`
    AddCategory AddSipEvent Authenticate2fa ClearSipEvents Delete Enable2fa Get GetList GetListEx GetLockData
    GetSettings GetSipEvents GetUserInfo Kick Lock Logout New Put PutSettings SetOnlineState SetProfile Unlock`),
  RpcPop3Accounts: names(`
    CheckConnection CheckOAuth2Authentication Delete Get GetList GetLockData Lock New Put ResetUIDL
    StartOAuth2Authentication Unlock`),
  RpcSmtpAccounts: names(`
    CheckConnection CheckOAuth2Authentication Delete Get GetList GetLockData Lock New Put
    StartOAuth2Authentication Unlock`),
  RpcGroups: names(`
    AddCategory AddUser Delete Get GetCompleteList GetList GetLockData Lock New Put SetOrder SetParent Unlock`),
  RpcSignatures: names('Delete Get GetList GetLockData Lock New Put Unlock'),
  RpcFilters: names(`
    AddCategory AddColor AddGroup AddTopic AddUser Delete ExecuteRule ExecuteRuleForTempFilter Get
    GetCompleteList GetList GetLockData Lock New Put SetOrder SetParent SetViewOption Unlock`),
  RpcRules: names(`
    AddCategory AddFilter CheckSourceCode Delete DeleteGlobal Export Get GetGlobal GetGlobals GetList
    GetLockData GetSourceCode Import Lock New Put PutGlobal PutGlobals SetOrder Unlock`),
  RpcTopics: names(`
    AddCategory Delete Get GetCompleteList GetList GetLockData Lock New Put SetOrder SetParent Unlock`),
  RpcColors: names(`
    AddCategory Delete Get GetCompleteList GetList GetLockData Lock New Put SetOrder Unlock`),
  RpcTextBlocks: names(`
    AddCategory Delete Get GetCompleteList GetList GetLockData GetWithVariables Lock New Put SetParent Unlock`),
  RpcItems: names(`
    AddClassified AddComLink AddMruAddressItem AddMruAddressItems AddProtocol AddProtocolList AddRemark
    AddRemarkList AddShare AddViewOptionFilter CopyAttachment Delete DeleteAttachment DeleteClassified DeleteList
    DeleteMruAddressItem DeleteReminder DeleteShare DeleteViewOption ExecuteRule ExecuteRuleList ExportViewOption
    ExtractDocumentData Get GetAs GetAttachmentList GetCardList GetComLinkList GetContactSalutation GetEventList
    GetLastModifiedForTaskNumber GetList GetLockData GetLockDataList GetModified GetOcrBlocks GetPreviewDif
    GetPreviewHtml GetPreviewText GetReadingState GetReminderList GetRules GetShareList GetSubComLinkList
    GetSyncDetails GetSyncList GetThreadList GetUserFieldList GetVariables GetViewOption GetViewOptionList
    GetViewOptionLockData Import Lock LockList LockViewOption New NewViewOption Put PutList PutViewOption
    RenameAttachment SetColor SetColorList SetDone SetDoneList SetEscalated SetEscalatedList SetGroup SetGroupList
    SetNumber SetNumberList SetPeriod SetPeriodList SetQuestion SetQuestionList SetRead SetReadingState SetReadList
    SetSpam SetSpamList SetState SetStateByTaskNumber SetStateList SetTemplate SetTemplateList SetTopic
    SetTopicList SetTrash SetTrashList SetUnclassifiable SetUnclassifiableList SetUnreadForAll SetUnreadForAllList
    SetUser SetUserField SetUserFieldList SetUserFields SetUserList SetWaiting SetWaitingList TriggerRules Unlock
    UnlockList UnlockViewOption UpdateReminder`),
};
