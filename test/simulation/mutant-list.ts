import type { Mutant, NamedTest } from './mutate.ts';

const one = (
  name: string,
  file: string,
  find: string,
  replace: string,
  test?: NamedTest,
): Mutant => ({
  name,
  edits: [{ file, find, replace }],
  ...(test && { test }),
});

/** No creation arrives late in a history: docs/decisions/0007-simulation.md. */
const lateCreation: NamedTest = {
  rule: '[F8] google: a create that arrives',
  file: 'test/server/field-bugs/duplicates.test.ts',
};

const changedMeanwhile: NamedTest = {
  rule: 'that somebody else changed meanwhile',
  file: 'test/contract/events.test.ts',
};

/** Bugs that an engine like ours could have; each was had by some engine, or nearly by this one. */
export const mutants: readonly Mutant[] = [
  // What is sent
  one(
    'Google: no If-Match on an update',
    'src/providers/google/events.ts',
    `return http.call({ ...request, headers: { 'if-match': etag }, body }, eventAnswer);`,
    'return http.call({ ...request, body }, eventAnswer);',
  ),
  one(
    'Google: no If-Match on a deletion',
    'src/providers/google/events.ts',
    `    ...eventRequest('DELETE', call, externalId, tell(mailing)),
    headers: { 'if-match': etag },`,
    `    ...eventRequest('DELETE', call, externalId, tell(mailing)),`,
    changedMeanwhile,
  ),
  one(
    'Google: no id of our own',
    'src/providers/google/events.ts',
    `        id: toEventId(linkId),
`,
    '',
  ),
  one(
    'Google: between timed and all-day the other kind of time stays',
    'src/providers/google/from-event-fields.ts',
    'const others = isPatch ? { date: null } : {};',
    'const others = {};',
  ),
  one(
    'Graph: no If-Match on an update',
    'src/providers/outlook/events.ts',
    `{ ...request, headers: { 'if-match': etag }, body }`,
    `{ ...request, body }`,
  ),
  one(
    'Graph: no If-Match on a deletion',
    'src/providers/outlook/events.ts',
    `{ ...eventRequest('DELETE', call, externalId), headers: { 'if-match': etag } }`,
    `eventRequest('DELETE', call, externalId)`,
    changedMeanwhile,
  ),
  {
    name: 'Graph: neither a transaction id nor a link id on what is made',
    edits: [
      {
        file: 'src/providers/outlook/events.ts',
        find: `        transactionId: linkId,
        singleValueExtendedProperties: [{ id: LINK_ID_PROPERTY, value: linkId }],
`,
        replace: '',
      },
    ],
  },
  {
    name: 'Graph: no transaction id, and what was made is not looked for',
    edits: [
      {
        file: 'src/providers/outlook/events.ts',
        find: `        transactionId: linkId,
`,
        replace: '',
      },
      {
        file: 'src/providers/outlook/events.ts',
        find: 'const event = page.value.find((one) => one.transactionId === linkId) ?? page.value[0];',
        replace: 'const event = page.value.find((one) => one.transactionId === "none");',
      },
    ],
  },
  one(
    'Retry-After is not read',
    'src/providers/json-http.ts',
    `readRetryAfter(response.headers['retry-after'], runtime.now()) ?? waitMs`,
    'waitMs',
  ),

  // What is remembered of it
  one(
    'what is sent is not stored first',
    'src/jobs/sync-link.ts',
    `const changes = { sent, state: 'syncing', state_reason: null, next_attempt_at: now } as const;`,
    `const changes = { state: 'syncing', state_reason: null, next_attempt_at: now } as const;`,
  ),
  one(
    'a time-out is taken for a failure',
    'src/jobs/reaction.ts',
    `  unavailable: {
    effect: 'unknown',`,
    `  unavailable: {
    effect: 'none',`,
  ),
  one(
    'the etag of an answer is not kept',
    'src/jobs/learn.ts',
    '    etag: answer.etag,',
    '    etag: link.etag ?? answer.etag,',
  ),
  one(
    'what an answer agrees on is not stored',
    'src/jobs/learn.ts',
    'return dropLate(agreeOnAnswer(link.base, sent.fields, answer.fields));',
    'return link.base;',
  ),
  one(
    'a look does not recognise our own write',
    'src/sync/absorb.ts',
    'if (isEcho) setPair(result, unit, local, remote[unit]);',
    'if (expected === null) continue;',
  ),
  one(
    'a creation that never arrived is taken for a deletion',
    'src/jobs/learn.ts',
    `if (kind === 'look' && sent?.kind === 'create' && !link.is_remote_gone) {`,
    'if (link.tenant_id === null) {',
  ),
  one(
    'a creation that has not arrived yet is sent again as it is now',
    'src/jobs/learn.ts',
    'sent: isLate ? { ...sent, isMissing: true } : null',
    'sent: null',
    { rule: '[Q2]', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'a creation that was not answered is forgotten when its event is deleted',
    'src/jobs/decide-link.ts',
    "const closed = { state: 'closed', state_reason, remote: null } as const;",
    "const closed = { state: 'closed', state_reason, remote: null, sent: null } as const;",
    { rule: '[Q2] a create that arrives after', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what was never answered is made a second time when its event is restored',
    'src/store/put-back.ts',
    '(link) => awaited.includes(link) || (',
    '(link) => (',
    { rule: '[Q2] a create that arrives after', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'an event that is restored while its copy is being deleted is asked about',
    'src/jobs/sync-link.ts',
    'if (isDeletedNow && isTakenBack(current.sent) && ',
    'if (!isDeletedNow && isTakenBack(current.sent) && ',
    { rule: '[U4] an event that is restored while', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what came back while a copy was being deleted is cancelled with it',
    'src/store/events.ts',
    'await takeBackDeletions(tx, row.id, { now, exceptLinkId: linkId });',
    'void [takeBackDeletions, linkId];',
    { rule: '[U4] [U12] what comes back', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what went of an event before it was restored is a deletion of it',
    'src/store/put-back.ts',
    ".where('is_remote_gone', '=', true)",
    ".where('is_remote_gone', 'is', null)",
    {
      rule: '[U4] restored when its deletion was answered',
      file: 'test/server/api/history.test.ts',
    },
  ),
  one(
    'a copy that was to be made anew when its event was deleted again is no copy any more',
    'src/store/put-back.ts',
    '(link.is_remote_gone || wasNeverMade(link))',
    '(link.is_remote_gone || (wasNeverMade(link) && false))',
    { rule: '[U4] what came from the calendar', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'a deletion that arrives after its event was restored cancels it',
    'src/jobs/decide-link.ts',
    'if (link.late_deletion_etag !== null) {',
    'if (link.late_deletion_etag === undefined) {',
    { rule: '[U4] [Q2] a deletion that arrives', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what was asked about a copy that our deletion took is forgotten',
    'src/jobs/learn.ts',
    '...(isTakenBack(sent) && { late_deletion_etag: link.etag }),',
    '',
    { rule: '[U4] a copy that went without', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'a deletion that can arrive no more is waited for',
    'src/jobs/learn.ts',
    'late_deletion_etag: answer.etag === lateEtag ? lateEtag : null,',
    'late_deletion_etag: lateEtag,',
    { rule: '[U4] [Q2] one that can arrive', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'a copy that somebody deleted before our deletion came is made anew',
    'src/jobs/sync-link.ts',
    'isDeletedNow = await provider.deleteEvent(call, externalId, etag, step);',
    'isDeletedNow = !(await provider.deleteEvent(call, externalId, etag, step)) || true;',
    { rule: '[U4] a copy that was deleted there', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what a calendar still says of a date that was put back brings it back a second time',
    'src/jobs/decide-link.ts',
    'const apart = await findApart(tx, event);',
    'const apart = await findApart(tx, { ...event, stands_alone_as: null });',
    { rule: '[O9] while it is edited', file: 'test/server/jobs/series-put-back.test.ts' },
  ),
  one(
    'a look goes on with a copy that is of another event by now',
    'src/jobs/sync-link.ts',
    "link.state !== 'closed' && link.event_id === event.id;",
    "link.state !== 'closed';",
    { rule: '[O9] [Q4] while another', file: 'test/server/jobs/series-put-back.test.ts' },
  ),
  one(
    'exceptions are looked for without end after a late deletion took their series',
    'src/jobs/decide-link.ts',
    'state_reason: HALF_DELETED }, now);\n        if (event.recurrence && ',
    'state_reason: HALF_DELETED }, now);\n        if (!event.recurrence && ',
    { rule: '[U4] [O9] of a series', file: 'test/server/jobs/series-put-back.test.ts' },
  ),
  one(
    'what is restored while its calendar is disconnected is never made there again',
    'src/store/put-back.ts',
    ".where(({ or, eb }) => or([eb('i.is_active', '=', false), eb('i.sync_enabled', '=', true)]))",
    ".where('i.is_active', '=', true)",
    { rule: '[E2] [U4] what had been deleted', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a deletion is not taken back where the calendar is disconnected',
    'src/store/put-back.ts',
    ".where('state_reason', '=', closedReasons.disconnected)",
    ".where('state_reason', '=', closedReasons.kept)",
    {
      rule: '[E2] [U4] a copy whose deletion was answered',
      file: 'test/server/jobs/disconnected.test.ts',
    },
  ),
  one(
    'a date that had just been cancelled stays in a calendar that was disconnected',
    'src/store/connection-links.ts',
    '`is_stale or external_id is not null or sent is not null`',
    '`external_id is not null or sent is not null`',
    { rule: '[E2] [O3] a date that had just', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a reconnect opens what its series has lost',
    'src/store/exception-links.ts',
    "or([eb('state', '<>', 'closed'), eb('state_reason', '=', closedReasons.disconnected)]),",
    "or([eb('state', '<>', 'closed')]),",
    { rule: '[E2] [O5] dates that a series loses', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a disconnect that takes copies away takes what came from the calendar, too',
    'src/store/connection-links.ts',
    ".where('l.origin', '=', 'local')",
    ".where('l.origin', 'is not', null)",
    {
      rule: '[E2] a disconnect that takes copies away',
      file: 'test/server/jobs/disconnected.test.ts',
    },
  ),
  one(
    'changed dates are taken away one by one, beside their series',
    'src/store/connection-links.ts',
    "or([eb('e.series_id', 'is', null), eb('l.series_form', '=', BY_ITSELF)])",
    "or([eb('e.id', 'is not', null)])",
    { rule: '[E2] [O3] a disconnect that takes', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a series that was half taken away stays so',
    'src/store/connection-links.ts',
    'await askForRest(tx, link, now);',
    'void askForRest;',
    { rule: '[E2] a disconnect that dies', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'an undo settles what came back, and it stays where it is',
    'src/store/events.ts',
    'await putBackWhatIsKept(tx, row, await lockLinksOfEvent(tx, eventId), { now, newId });',
    `if (!edit.undoes)
    await putBackWhatIsKept(tx, row, await lockLinksOfEvent(tx, eventId), { now, newId });`,
    { rule: '[U12] what came back', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'a copy that was taken away without an answer is a deletion of its event',
    'src/jobs/disconnect.ts',
    'await inTenant(engine.store, ref, (tx) => noteRemoval(tx, copy));',
    'void noteRemoval;',
    { rule: '[E2] [D4] a copy that is taken away', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'what a page says of one half of a series is forgotten over what it says of the other',
    'src/jobs/take-page.ts',
    'const mayChangeOthers = [...events.values()].some(isOfSeries);',
    'const mayChangeOthers = [...events.values()].some(isOfSeries) && events.size < 0;',
    {
      rule: '[O6] a series is split here while all are renamed there, and its',
      file: 'test/server/jobs/series-splits.test.ts',
    },
  ),
  one(
    'a date of a series that a person is asked about is looked for without end',
    'src/jobs/sync-link.ts',
    "const asked = !whole && current.state === 'detached' && ",
    "const asked = whole && current.state === 'detached' && ",
    { rule: '[E2] [O3] a series that was deleted', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'what came back stays out of the other calendar once the one that brought it is disconnected',
    'src/store/put-back.ts',
    'link.state_reason === closedReasons.removed);',
    'link.state_reason === closedReasons.kept);',
    { rule: '[E2] [U12] what came back', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a half that was split here of a series from a calendar is nobody’s',
    'src/store/copy-links.ts',
    'origin: link.origin,',
    '',
    { rule: '[E2] [O6] a series that came', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a half that is split while its calendar is disconnected is planned nowhere in it',
    'src/store/copy-links.ts',
    "link.state !== 'closed' || isResting(link)",
    "link.state !== 'closed'",
    { rule: '[E2] [O6] a series that came', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'what came from a calendar is Kalends’ once it was put back',
    'src/store/put-back.ts',
    'const copy = { ...place, shows, origin, ...rest };',
    "const copy = { ...place, shows, origin: origin && ('local' as const), ...rest };",
    {
      rule: '[E2] a disconnect that takes copies away',
      file: 'test/server/jobs/disconnected.test.ts',
    },
  ),
  one(
    'what is restored while copies are being taken away is never made again',
    'src/store/put-back.ts',
    ".where(({ or, eb }) => or([eb('i.is_active', '=', false), eb('i.sync_enabled', '=', true)]))",
    ".where(sql<boolean>`i.state = 'disconnected' or (i.is_active and i.sync_enabled)`)",
    { rule: '[E2] [U4] what is restored while', file: 'test/server/jobs/disconnected.test.ts' },
  ),
  one(
    'a series that was split here has the dates of its half again, by a rule from there',
    'src/store/split-rules.ts',
    'const cut = fresh.length > 0 && findCut(event, theirs);',
    'const cut = fresh.length < 0 && findCut(event, theirs);',
    { rule: '[O6] it came from there: both stand', file: 'test/server/jobs/series-splits.test.ts' },
  ),
  one(
    "what a rule from there says from a split on is no half's",
    'src/store/split-rules.ts',
    'const isHeir = recursAs(old);',
    'const isHeir = false && recursAs(old);',
    { rule: '[O6] it was made here: both stand', file: 'test/server/jobs/series-splits.test.ts' },
  ),
  one(
    'a half that recurs otherwise by now gives that up for a rule from there',
    'src/store/split-rules.ts',
    'const isHeir = recursAs(old);',
    'const isHeir = recursAs(old) || old !== null;',
    {
      rule: '[O6] a series that came from there is split here to recur otherwise',
      file: 'test/server/jobs/series-splits.test.ts',
    },
  ),
  one(
    'what is split there goes on with a longer rule from here, beside its half',
    'src/store/splits.ts',
    'overruled.find((one) => isRestOfOverruled(next, one))',
    'overruled.slice(0, 0).find((one) => isRestOfOverruled(next, one))',
    { rule: '[O6] a series is split there while', file: 'test/server/jobs/series-splits.test.ts' },
  ),
  one(
    'two halves that were split off on two sides have the same dates',
    'src/store/splits.ts',
    'await endBeforeHalves(tx, { next, fromId: from.id }, { ...place, now, newId });',
    'void endBeforeHalves;',
    { rule: '[O6] it came from there: no date', file: 'test/server/jobs/series-splits.test.ts' },
  ),
  one(
    'what is planned in a calendar that is switched off says pending for good',
    'src/jobs/sync-calendar.ts',
    'if (run.isOff) await pauseUnusedCopies(tx, job.connection_id, now);',
    'void pauseUnusedCopies;',
    { rule: '[U1]', file: 'test/server/jobs/switched-off.test.ts' },
  ),
  one(
    'a deletion that is taken back wakes a copy whose calendar is switched off',
    'src/store/put-back.ts',
    "case when state = 'paused' then state else 'pending' end",
    "case when state = 'none' then state else 'pending' end",
    { rule: '[U1] [O11] an event that comes', file: 'test/server/jobs/switched-off.test.ts' },
  ),
  one(
    'a copy is said to be put back where nothing goes',
    'src/store/decisions.ts',
    'if (row.series_id === null && !(await isPlace(tx, row.owner_id, link.calendar_id))) {',
    'if (row.series_id === null && isPlace === undefined) {',
    { rule: '[U1] [U5] a copy that was', file: 'test/server/jobs/switched-off.test.ts' },
  ),
  one(
    'what differs since a calendar was synced one way differs for good',
    'src/sync/merge.ts',
    'if (known?.apart === undefined || !goesBothWays(flow)) return known;',
    'if (known?.apart !== null || !goesBothWays(flow)) return known;',
  ),
  one(
    'guests are mailed of what was changed while nothing went to the calendar',
    'src/store/calendar-settings.ts',
    'is_silent: true,',
    'is_silent: false,',
    { rule: '[G5] [U1] nothing goes', file: 'test/server/jobs/one-way.test.ts' },
  ),
  one(
    'what is restored while its calendar is switched off is never there again',
    'src/store/put-back.ts',
    ".where('c.direction', '<>', 'in')",
    ".where('c.direction', 'in', ['both', 'out'])",
    { rule: '[U1] [U4] what had been', file: 'test/server/jobs/switched-off.test.ts' },
  ),
  one(
    'an undo gives a series the dates that were split off again, beside their half',
    'src/store/undo.ts',
    'if (!recurrence || row.recurrence === null) return false;',
    'if (recurrence || row.recurrence === null) return false;',
    { rule: '[U2] [O6] the end of', file: 'test/server/jobs/series-splits.test.ts' },
  ),
  one(
    'a question that is answered about a copy says synced where its calendar is switched off',
    'src/store/decisions.ts',
    'await pauseUnusedCopies(tx, link.connection_id, now);',
    'void pauseUnusedCopies;',
    { rule: '[U1] [U5] a question', file: 'test/server/jobs/switched-off.test.ts' },
  ),
  one(
    'an update that was looked for and not found is forgotten',
    'src/jobs/learn.ts',
    'return noteLate(absorbLook(kept, sent, answer.fields, capabilities), kept, sent);',
    'return absorbLook(kept, sent, answer.fields, capabilities);',
    { rule: '[Q2]', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'an update that can arrive no more is waited for',
    'src/sync/absorb.ts',
    'return settled && dropLate(settled);',
    'return settled;',
    { rule: '[Q2]', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'what came back is not due until it is written',
    'src/jobs/sync-link.ts',
    "state: 'syncing', state_reason: null, next_attempt_at: now }",
    "state: 'syncing', state_reason: null }",
    { rule: '[Q2]', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'an id that is taken is believed to be gone, without a look',
    'src/jobs/sync-link.ts',
    'return { is_remote_gone: true, base: agreeOnAnswer(null, sent.fields, sent.fields) };',
    'return { sent: null, is_remote_gone: true, base: agreeOnAnswer(null, sent.fields, sent.fields) };',
    lateCreation,
  ),
  one(
    'an id that is taken is believed to be made, without a look',
    'src/jobs/sync-link.ts',
    `  if (sent?.kind !== 'create') return { is_stale: true };`,
    `  if (sent?.kind !== 'create') return { is_stale: true };
  if (sent) return { sent: null, remote: sent.fields, base: agreeOnAnswer(null, sent.fields, sent.fields), external_id: link.id.replaceAll('-', '') };`,
    lateCreation,
  ),
  one(
    '412 leads to no look',
    'src/jobs/sync-link.ts',
    'await changeLink(tx, link, { ...sent, is_stale: true }, now);',
    'await changeLink(tx, link, sent, now);',
  ),
  one(
    '412 is taken for success',
    'src/providers/json-http.ts',
    'if (response.status >= 200 && response.status < 300) return response;',
    'if (response.status >= 200 && response.status < 300 || response.status === 412) return response;',
    // Its body is no event, and what stays there is told by the feed: histories end well.
    changedMeanwhile,
  ),
  one(
    'what is gone at an update is made again',
    'src/jobs/learn.ts',
    '  const gone = { sent: null, remote: null, is_stale: false, is_remote_gone: true } as const;',
    `  return kind === 'update'
    ? { sent: null, remote: null, is_stale: false, external_id: null, etag: null, base: null }
    : { sent: null, remote: null, is_stale: false, is_remote_gone: true };`,
  ),
  one(
    'a failed write is never tried again',
    'src/jobs/sync-link.ts',
    `{ ...sent, ...state, attempts, next_attempt_at: nextAttemptAt }`,
    '{ ...sent, ...state, attempts, next_attempt_at: null }',
  ),

  // Deciding
  one(
    'agreement reached by chance is not stored',
    'src/sync/merge.ts',
    `    merge.base = { ...merge.base, [unit]: { local, remote } };
    return;
  }
  const isConflict`,
    `    return;
  }
  const isConflict`,
  ),
  one(
    'agreement where nothing is to be done is not stored',
    'src/jobs/decide-link.ts',
    'await settle(tx, { event, link, target }, { ...learnt, base: plan.base }, occasion);',
    'await settle(tx, { event, link, target }, learnt, occasion);',
    // Both have to say the same, and one of them something else later.
    { rule: '[P10]', file: 'test/server/jobs/pull.test.ts' },
  ),
  one(
    'what a side cannot hold is read back as a change',
    'src/sync/merge.ts',
    'const held = toHeldForm(local, holds);',
    'const held = holds ? local : local;',
  ),
  one(
    'of a conflict the other side wins',
    'src/sync/merge.ts',
    `return flow.canWrite ? origin : 'remote';`,
    `return flow.canWrite ? (origin === 'local' ? 'remote' : 'local') : 'remote';`,
  ),
  one(
    'the loser of a conflict is dropped',
    'src/jobs/decide-link.ts',
    `        counts.conflicts += news.length;
        await noteConflicts(tx, event, { ...merge, conflicts: news }, occasion);`,
    '        counts.conflicts += news.length;',
  ),
  one(
    'a conflict is seen as no conflict',
    'src/sync/merge.ts',
    'if (isConflict && agreed) {',
    'if (isConflict && agreed === null) {',
  ),
  one(
    'the CRM always wins where both changed',
    'src/sync/merge.ts',
    `const winner = isConflict ? winnerOf(values) : isLocalChanged ? 'local' : 'remote';`,
    `const winner = winnerOf(values) && 'local';`,
  ),
  one(
    'deleted there, it is made again',
    'src/sync/plan.ts',
    `    if (!local || !flow.canRead || view.hasTwin) return { kind: 'close' };`,
    `    if (local) return { kind: 'create', fields: local };
    if (!local || !flow.canRead || view.hasTwin) return { kind: 'close' };`,
  ),
  one(
    'deleted there and edited here, it is cancelled unasked',
    'src/sync/plan.ts',
    "return isWanted ? { kind: 'detach' } : { kind: 'cancel' };",
    `return { kind: 'cancel' };`,
  ),
  one(
    'what came back stays for what had been changed before it was deleted here',
    'src/sync/plan.ts',
    'const isWanted = !view.isRevived && isEdited',
    'const isWanted = isEdited',
    {
      rule: '[D4] what came back goes with the copy',
      file: 'test/server/jobs/revive.test.ts',
    },
  ),
  one(
    'what came back goes with one copy, whatever was said of it in another since',
    'src/jobs/decide-link.ts',
    'const isRevived = mayGo && !(await hasOtherCopy(tx, link));',
    'const isRevived = mayGo && Boolean(hasOtherCopy);',
    { rule: '[D5] what came back and was edited', file: 'test/server/jobs/revive.test.ts' },
  ),
  one(
    'deleted here and edited there, it is deleted there unasked',
    'src/sync/plan.ts',
    `  const isNews = !base || isEdited(remote, view, 'remote');`,
    `  const isNews = base === undefined;`,
  ),
  one(
    'deleted here, it always comes back',
    'src/sync/plan.ts',
    `  const isNews = !base || isEdited(remote, view, 'remote');`,
    `  const isNews = true;`,
  ),
  one(
    'a change from one calendar is not passed on to the others',
    'src/jobs/decide-link.ts',
    `        await askForCopies(tx, { eventId: event.id, exceptLinkId: link.id, ...occasion });
`,
    '',
  ),
  one(
    'a cancelled event keeps its other copies',
    'src/store/events.ts',
    `  await addHistory(tx, { eventId: row.id, connectionId, change: 'cancelled', before, now, newId });
  if (row.recurrence) await endExceptions(tx, row.id, { now, isOver: true });
  await askForCopies(tx, { eventId: row.id, now, newId });`,
    `  await addHistory(tx, { eventId: row.id, connectionId, change: 'cancelled', before, now, newId });`,
  ),
  one(
    'the brake is off',
    'src/sync/brake.ts',
    'return count > DELETIONS_FREE &&',
    'return count < 0 &&',
  ),

  // Reading
  {
    name: 'the bookmark is stored before its page',
    // Somebody has to die between the two, and what is lost must not be told again.
    test: { rule: 'edited there', file: 'test/server/crash/pull.test.ts' },
    edits: [
      {
        file: 'src/jobs/pull-calendar.ts',
        find: `    target.calendar = await inFence(engine, target, async (tx) => {
      await takePage(engine, target, tx, page.changes, listingOf(pull));
      return moveOn(engine, target, tx, pull, page);
    });`,
        replace: `    target.calendar = await inFence(engine, target, (tx) => moveOn(engine, target, tx, pull, page));
    await inFence(engine, target, (tx) =>
      takePage(engine, target, tx, page.changes, listingOf(pull)),
    );`,
      },
    ],
  },
  one(
    'an ended sync token is used on',
    'src/jobs/pull-calendar.ts',
    `        sync_token: null,
        full_pull: null,
        state_reason: REBUILDING,`,
    `        full_pull: null,
        state_reason: REBUILDING,`,
    // A listing is begun all the same; without one, the provider is asked in vain.
    { rule: '[F3]', file: 'test/server/field-bugs/cursors.test.ts' },
  ),
  one(
    'what a whole listing does not show is believed to be gone',
    'src/store/pulls.ts',
    'update event_links l set is_stale = true, next_attempt_at',
    'update event_links l set is_remote_gone = true, next_attempt_at',
  ),
  one(
    'what a whole listing does not show is never asked for',
    'src/jobs/pull-calendar.ts',
    'if (full) await doubtMissing(tx, calendar.id, full, now);',
    '',
  ),
  one(
    'Google: tombstones are dropped',
    'src/providers/google/feed.ts',
    'const changes = readEntries(page.items ?? [], translate);',
    `const changes = readEntries(page.items ?? [], translate).filter(({ kind }) => kind !== 'removed');`,
  ),
  one(
    'Graph: tombstones are dropped',
    'src/providers/outlook/feed.ts',
    'const changes = readEntries(page.value, toChange);',
    `const changes = readEntries(page.value, toChange).filter(({ kind }) => kind !== 'missing');`,
  ),
  {
    // Left out at both places: either makes the other's lack good. So do, in a history, the unique
    // index and the next try.
    name: 'an entry that comes twice is taken twice',
    test: { rule: 'names no event twice', file: 'test/contract/feed.test.ts' },
    edits: [
      {
        file: 'src/jobs/take-page.ts',
        find: 'const changes = [...new Map(page.map((change) => [idOf(change), change])).values()];',
        replace: 'const changes = page;',
      },
      {
        file: 'src/providers/feed-entries.ts',
        find: '  return [...changes.values()];',
        replace:
          '  return entries.map((entry) => isNamed(entry) ? tryTranslate(entry, translate) : nameless);',
      },
    ],
  },
  one(
    'what we made is not recognised by the link id on it',
    'src/sync/match.ts',
    'links.find((link) => link.id === entry.linkId);',
    'links.find((link) => link.id === null);',
  ),
  one(
    'the copies of one meeting are not recognised',
    'src/sync/match.ts',
    '  if (iCalUid === null) return undefined;',
    '  if (iCalUid !== undefined) return undefined;',
  ),
  one(
    'what was closed is new when it is seen again',
    'src/sync/match.ts',
    `  if (closed) return closed.isKept ? { kind: 'left-alone' } : { kind: 'returned', link: closed };`,
    '',
  ),
  one(
    'a request to look is answered by the look that was going on',
    'src/jobs/pull-calendar.ts',
    'pull_done: pull.requested,',
    'pull_done: 1_000_000,',
  ),
  one(
    'what changed while a write was on its way is forgotten',
    'src/jobs/sync-link.ts',
    `    if (outcome !== 'again') return outcome;`,
    `    if (outcome !== 'again') return outcome;
    await inFence(engine, target, async (tx) => {
      const link = await lockLink(tx, ids.id);
      if (link) await rest(tx, link, { state: 'synced' }, new Date(engine.runtime.now()));
    });
    return null;`,
  ),

  // Jobs
  {
    name: 'a lease ends at once, and nobody looks at the fence',
    edits: [
      {
        file: 'src/store/jobs.ts',
        find: 'where locked_by is not null and locked_until < ${now}',
        replace: 'where locked_by is not null',
      },
      {
        file: 'src/store/jobs.ts',
        find: 'select 1 / count(*) from',
        replace: 'select 1 / greatest(count(*), 1) from',
      },
    ],
  },
  one(
    'nobody looks at the fence',
    'src/store/jobs.ts',
    'select 1 / count(*) from',
    'select 1 / greatest(count(*), 1) from',
    { rule: '[Q3]', file: 'test/server/jobs/push.test.ts' },
  ),
  one(
    'a wait that the provider asked for is forgotten',
    'src/store/jobs.ts',
    'if (!notBefore) return;',
    'if (!notBefore || job.attempts >= 0) return;',
  ),
  one(
    'a job that failed is not tried again',
    'src/jobs/worker.ts',
    'return { now, nextRunAt: new Date(now.getTime() + waitMs), notBefore: null, error: name };',
    'return { now, nextRunAt: new Date(now.getTime() + waitMs * 1e6), notBefore: null, error: name };',
  ),
  one(
    'a job ends though something waits',
    'src/store/jobs.ts',
    'if (end.nextRunAt === null) {',
    'if (end.nextRunAt !== undefined) {',
  ),
  one(
    'an edit does not hurry a job that sleeps',
    'src/store/jobs.ts',
    'run_at = least(jobs.run_at, excluded.run_at),',
    'run_at = greatest(jobs.run_at, excluded.run_at),',
  ),
  one(
    'a rejected access token is not refreshed',
    'src/jobs/access-token.ts',
    `if (!(error instanceof ProviderError) || error.kind !== 'token-rejected') throw error;`,
    'if (error !== undefined) throw error;',
    // Within the hour it ends, and is refreshed as any other: histories end well.
    {
      rule: '[attack 14] twenty workers whose',
      file: 'test/server/connections/refresh.test.ts',
    },
  ),
  one(
    'a job of a killed worker is never taken over',
    'src/store/jobs.ts',
    'where locked_by is not null and locked_until < ${now}',
    'where locked_by is null and locked_until < ${now}',
  ),

  // Series
  one(
    'an exception does not change along with its series',
    'src/store/change-exceptions.ts',
    '      Object.assign(changes, { [unit]: fields[unit] });',
    '',
  ),
  one(
    'an exception changes along in what it says otherwise',
    'src/store/change-exceptions.ts',
    'if (isSame(own[unit], old[unit]) && !isSame(fields[unit], old[unit])) {',
    'if (!isSame(fields[unit], old[unit])) {',
  ),
  one(
    'an exception stays where it was when its series is moved',
    'src/store/change-exceptions.ts',
    'if (isSameTime(own.when, unmoved)) changes.when',
    'if (own.when === unmoved) changes.when',
  ),
  one(
    'an exception whose start is gone stays',
    'src/store/change-exceptions.ts',
    'else await dropException(tx, exception, change);',
    '',
  ),
  one(
    'a series recurs otherwise, and its exceptions are not read again',
    'src/store/exception-links.ts',
    'if (live?.series_form === form) continue;',
    'if (live) continue;',
  ),
  one(
    'an occurrence that is cancelled in a calendar stays here',
    'src/jobs/take-exceptions.ts',
    `    await changeLink(tx, own, learnGone(own, 'update'), now);
`,
    '',
  ),
  one(
    'an occurrence that is cancelled here is deleted, and its rule fills its place again',
    'src/store/events.ts',
    `...(isOccurrence ? { status: 'cancelled' } : { deleted_at: now }),`,
    'deleted_at: now,',
  ),
  one(
    'the second half of a split goes nowhere',
    'src/store/edit-occurrence.ts',
    'await copyLinks(tx, await lockLinksOfEvent(tx, eventId), {',
    'await copyLinks(tx, [], {',
    { rule: '[O6] this and following are changed', file: 'test/server/jobs/series.test.ts' },
  ),
  one(
    'the exceptions of the second half stay with the first',
    'src/store/edit-occurrence.ts',
    '  await moveExceptions(tx, { from: row.id, to: next.id, since: originalStart, now });',
    '',
  ),
  one(
    'the first half of a split goes on in the calendars',
    'src/store/edit-occurrence.ts',
    'await editLocked(tx, row, { changes: { recurrence }, userId, isSilent, now, newId });\n  await keepQuiet(',
    'await changeEvent(tx, row, { changes: { recurrence }, userId, now, newId });\n  await keepQuiet(',
  ),
  one(
    'a split that was made in a calendar is not recognised',
    'src/jobs/take-page.ts',
    'if (changes.some(isWholeSeries)) {',
    'if (changes.length < 0) {',
    // Nobody has to take two series for one: in a history each is right by itself.
    { rule: '[O6] [F17]', file: 'test/server/jobs/series.test.ts' },
  ),
  one(
    'a series is moved without its rule, or its rule changed without its start',
    'src/jobs/decide-link.ts',
    'return isMoved && isSeries ? { when, recurrence, ...changes } : changes;',
    'return changes;',
  ),
  one(
    'a rule that a provider says in its own words is somebody else’s',
    'src/sync/absorb.ts',
    `unit === 'recurrence'
        ?`,
    `unit === null
        ?`,
  ),
  one(
    'a series that comes back does not take its exceptions along',
    'src/store/events.ts',
    '    await changeExceptions(tx, row, { changes: fields, connectionId, now, newId });\n',
    '',
    { rule: '[O7] [D4]', file: 'test/server/jobs/series.test.ts' },
  ),
  one(
    'what a cancelled occurrence says because its series says so brings it back',
    'src/jobs/decide-link.ts',
    'base: series ? withNewsOfSeries(link, local, series) : link.base,',
    'base: link.base,',
    { rule: '[O2] [D1]', file: 'test/server/jobs/series-races.test.ts' },
  ),
  one(
    'what one says gives way to what all came to say',
    'src/store/exception-links.ts',
    'if (!hasNews(remote, fields)) return;',
    'if (hasNews(remote, fields)) return;',
    { rule: '[O4] one is named here and then', file: 'test/server/jobs/series-races.test.ts' },
  ),
  one(
    'what was agreed on of one is forgotten with a series that comes back',
    'src/store/change-exceptions.ts',
    '{ mayResume: true }',
    '{ mayResume: false }',
    { rule: '[O11] one that was changed before', file: 'test/server/jobs/series-races.test.ts' },
  ),
  one(
    'a series is set aside because the database is down',
    'src/jobs/pull-calendar.ts',
    `      return { kind: 'unreadable', externalId, reason: error.message };
    }
  });`,
    `      return { kind: 'unreadable', externalId, reason: error.message };
    }
  }).catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind !== 'malformed-answer') throw error;
    return { kind: 'unreadable', externalId, reason: 'it failed in us' };
  });`,
    { rule: '[R4] a database', file: 'test/server/jobs/series.test.ts' },
  ),

  // Series that are several at Graph
  one(
    'a part that the series has no more stays there, as all of it',
    'src/sync/part.ts',
    'return form.parts[part] ?? null;',
    'return form.parts[part] ?? event;',
  ),
  one(
    'other days of one part are the days of the event',
    'src/sync/part.ts',
    'if (when === undefined && recurrence === undefined) return merge;',
    'if (sides.canWrite) return merge;',
  ),
  one(
    'what comes back from one calendar is in the others on that one’s behalf',
    'src/store/part-links.ts',
    'await insertLink(tx, { ...occasion, ...placeOf(link), copyId, part, origin: link.origin });',
    'await insertLink(tx, { ...placeOf(link), copyId, part, origin: link.origin, ...occasion });',
    {
      rule: '[D4] [O13] it comes back from Google as a series that Outlook can hold',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
  one(
    'what was being written of an exception that begins anew is somebody else’s edit',
    'src/sync/news-of-series.ts',
    "const sent = former.sent?.kind === 'update' ? former.sent : null;",
    'const sent = null;',
    {
      rule: '[O5] [Q2] what was written of one had no answer, and its series ends earlier',
      file: 'test/server/jobs/series-races.test.ts',
    },
  ),
  one(
    'a part that was moved there loses the rule that the series has here since',
    'src/sync/part.ts',
    'return isAgreed || !canWrite ? taken : writeMoved(taken, sides, when);',
    'return taken;',
    {
      rule: '[O12] a series made in Outlook recurs otherwise here, as several in Outlook',
      file: 'test/server/jobs/series-parts.test.ts',
    },
  ),
  one(
    'a part that is deleted there is the end of the event',
    'src/sync/plan.ts',
    `    if (view.hasOtherPart) return { kind: 'detach' };
`,
    '',
  ),
  one(
    'an exception hangs on whichever part is settled last',
    'src/store/exception-links.ts',
    'return hasOccurrence(part, onDayOf(start, when.local));',
    'return part !== null;',
  ),
  one(
    'what is said of a part that is about to go goes with it',
    'src/jobs/decide-link.ts',
    'if (!(isAlive(event) || isDropped) || !remote || !base || !isRead) return {};',
    'if (!(isAlive(event) || isDropped) || !remote || !base || isRead) return {};',
    {
      rule: '[O12] one of the series is renamed while',
      file: 'test/server/jobs/series-parts.test.ts',
    },
  ),
  one(
    'what is to be written to a part that goes is taken for written, and the part stays',
    'src/jobs/decide-link.ts',
    'return { base: { ...merge.base, ...times }, conflict };',
    'return { base: { ...agreeOnAnswer(null, { ...local, ...toLocal }, remote), ...times }, conflict };',
    {
      rule: '[O3] [O12] one of the series is renamed there while',
      file: 'test/server/jobs/series-parts.test.ts',
    },
  ),
  one(
    'a part that is put back is without what was said of its days',
    'src/jobs/decide-link.ts',
    'if (isDivided && toRemote.recurrence) await unhangExceptions(tx, link);',
    'void unhangExceptions;',
    { rule: '[O5] [O12] one of the series', file: 'test/server/jobs/series-parts.test.ts' },
  ),
  one(
    'what one of several says is said of its half alone, where another is to recur otherwise',
    'src/store/splits.ts',
    'const parts = [link, ...(await listOtherParts(tx, link))];',
    'const parts = [link];',
    {
      rule: '[O6] [O12] all of the series are renamed before a split',
      file: 'test/server/jobs/series-parts.test.ts',
    },
  ),
  one(
    'what is changed of a series is changed of what was split off before',
    'src/store/splits.ts',
    'if (found.seen.every((base) => isOver(base, own))) continue;',
    'void endsBefore;',
    {
      rule: '[O6] all are renamed there while they recur otherwise here',
      file: 'test/server/jobs/series-splits.test.ts',
    },
  ),
  one(
    'what a series does not take over, since it was changed here, is not said of its half either',
    'src/store/splits.ts',
    "const lost = conflicts.filter(({ winner }) => winner === 'local');",
    'const lost = conflicts.slice(0, 0);',
    {
      rule: '[O6] a series is split here, and the first half renamed, while all are renamed there',
      file: 'test/server/jobs/series-splits.test.ts',
    },
  ),
  one(
    'what comes back says nothing to what was split off from it',
    'src/jobs/decide-link.ts',
    'await passOnToHalves(tx, found, merge, occasion);',
    '',
    {
      rule: '[O6] [D4] a series is split here, and the first half deleted',
      file: 'test/server/jobs/series-splits.test.ts',
    },
  ),
  one(
    'what was read of an occurrence and not decided is known',
    'src/jobs/edited-there.ts',
    'const known = pair ? [pair.remote, pair.news] : [remote?.[unit]];',
    'const known = [pair?.news, remote?.[unit]];',
    {
      rule: '[O11] [O12] is changed here, and its series is deleted',
      file: 'test/server/jobs/series-races.test.ts',
    },
  ),
  one(
    'what an exception said under an earlier entry is forgotten',
    'src/store/exception-links.ts',
    'former_entries: former.length > 0 ? JSON.stringify(former) : null,',
    'former_entries: null,',
    {
      rule: '[O5] a series is moved here and back',
      file: 'test/server/jobs/series-races.test.ts',
    },
  ),
  one(
    'an occurrence that is kept stays cancelled in the other calendars',
    'src/store/put-back.ts',
    'if (isMissing) await standAlone(tx, { row, seriesId: row.series_id }, occasion);',
    'void standAlone;',
    { rule: '[O9] [U12]', file: 'test/server/jobs/series-put-back.test.ts' },
  ),
  one(
    'what was cancelled in one of several series is forgotten when that is moved',
    'src/store/exception-links.ts',
    '(!series.is_remote_gone && entryOf(exception) === series.external_id));',
    '(!series.is_remote_gone && entryOf(exception) === undefined));',
    {
      rule: '[O2] [O12] one occurrence is cancelled, and before that is heard',
      file: 'test/server/jobs/series-parts.test.ts',
    },
  ),

  // Series that are single events at Graph
  one(
    'what is said there of one date is said of all',
    'src/jobs/decide-single.ts',
    'if (!known && !(await isChangedThere(target, tx, rows))) return rows;',
    'if (!known) return rows;',
    { rule: '[O2] [O13] one date is changed', file: 'test/server/jobs/series-singles.test.ts' },
  ),
  one(
    'what is said there of one date that is cancelled here goes where its series is one again',
    'src/jobs/decide-link.ts',
    'link.series_form === BY_ITSELF && !isAlive(event)',
    'link.series_form === BY_ITSELF && isGivenUp(event)',
    {
      rule: '[O13] a date is edited while it is cancelled here',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
  one(
    'what came back of one date stays where its series is deleted',
    'src/store/exception-links.ts',
    '{ is_remote_gone: true, next_attempt_at: now }',
    '{ next_attempt_at: now }',
    {
      rule: '[D4] [O11] one that came back goes with its series there',
      file: 'test/server/jobs/series-races.test.ts',
    },
  ),
  one(
    'what is said of one date goes with its series, and its event stays there',
    'src/store/event-fields.ts',
    "!deleted_at && status === 'confirmed' && !ended_with_series;",
    "!deleted_at && status === 'confirmed' && ended_with_series !== null;",
    {
      rule: '[O7] [O13] is deleted here, and restored',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
  one(
    'one date stays a single event where its series is a series again',
    'src/jobs/decide-single.ts',
    "return { ...rows, isReplaced: kind === 'whole' || kind === 'parts' };",
    "return { ...rows, isReplaced: kind === 'parts' };",
    {
      rule: '[O13] recurs as one series can, as several',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
  one(
    'no link stands for a copy that becomes single events',
    'src/jobs/decide-link.ts',
    "if (isOver && isLive && form.kind === 'singles') await linkAnchor(tx, link, occasion);",
    'void linkAnchor;',
    {
      rule: '[O13] recurs as one series can',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
  one(
    'each date of a series that is moved is made anew',
    'src/store/change-exceptions.ts',
    'if (changes.when || changes.recurrence) await renumberSingles(tx, series, rename);',
    'void renumberSingles;',
    {
      rule: '[O13] is renamed here and moved',
      file: 'test/server/jobs/series-singles.test.ts',
    },
  ),
];
