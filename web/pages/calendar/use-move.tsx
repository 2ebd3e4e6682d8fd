import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import { type ActivityChange, useSaveActivity } from '../../api/activities.ts';
import { activityQuery } from '../../api/calendar-events.ts';
import { ApiError, describeError } from '../../api/client.ts';
import { findLatestChange, undoChange } from '../../api/history.ts';
import { useSession } from '../../api/session.ts';
import { calendarPage as texts } from '../../texts.ts';
import { useViewerZone } from '../../time/viewer-zone.ts';
import { toPatch, valuesOf } from '../event-values.ts';
import { isAboutScope, occurrenceOf, type Scope, toChange } from '../scope.ts';
import { SHOWN_MS, showUndo } from '../undo-note.tsx';
import { describeSpan } from './describe-span.ts';
import { hasToTell, MoveQuestion, type Question } from './move-question.tsx';
import { type Move, moveValues, toActivity } from './moves.ts';

/**
 * Saves what was dragged or stretched, at once where there is nothing to ask, and offers the way back.
 * `moving` is drawn at its new place until the server's answer is; without an answer it snaps back.
 */
export function useMove(onGone: () => void) {
  const { user } = useSession();
  const zone = useViewerZone();
  const queryClient = useQueryClient();
  const save = useSaveActivity();
  const [moving, setMoving] = useState<Move>();
  const [question, setQuestion] = useState<Question>();
  const [isAsking, ask] = useDisclosure(false);

  const fail = (move: Move, error: unknown) => {
    setMoving(undefined);
    const message = texts.notSaved(move.event.title, describeError(error));
    notifications.show({ message, color: 'red', autoClose: SHOWN_MS });
    // What is drawn may be what was out of date.
    void queryClient.invalidateQueries({ queryKey: ['activities'] });
  };

  const offerUndo = async (saved: Activity, scope: Scope) => {
    const { id, title } = saved;
    const entryId = await findLatestChange(id, user.name).catch(() => undefined);
    const text = texts.moved(title, describeSpan(saved, zone));
    if (entryId === undefined) return void notifications.show({ message: text });
    showUndo(text, async () => {
      await undoChange(id, entryId);
      await queryClient.invalidateQueries({ queryKey: ['activities'] });
      return scope === 'following' ? texts.undoneFrom(title) : texts.undone(title);
    });
  };

  const send = async (asked: Question, scope: Scope, isSilent: boolean) => {
    const { activity, edit } = asked;
    const patch = { ...asked.patch, ...(isSilent && { notify_guests: false }) };
    const change: ActivityChange = edit
      ? toChange({ ...edit, patch }, scope)
      : { kind: 'update', id: activity.id, body: patch };
    const saved = await save.mutateAsync(change);
    setMoving(undefined);
    void offerUndo(saved, scope);
  };

  /** Undefined where nothing changes. */
  const prepare = async (move: Move): Promise<Question | undefined> => {
    const { event } = move;
    const load = (id: string) => queryClient.fetchQuery({ ...activityQuery(id), staleTime: 0 });
    const loaded = await load(event.id);
    // What was dragged has to be what was seen.
    if (loaded.version !== event.version) {
      throw new ApiError(409, { detail: texts.changedMeanwhile });
    }
    const activity = toActivity(loaded, event);
    const occurrence = occurrenceOf(activity);
    // An exception outlives the reading of its series: then it alone can be meant.
    const series =
      occurrence && event.is_exception
        ? await load(occurrence.seriesId).catch(() => undefined)
        : occurrence && loaded;
    const before = valuesOf(activity, zone, series);
    const wanted = moveValues(before, move, zone);
    const patch = toPatch(wanted, before, event.version);
    if (!patch) return undefined;
    const edit = occurrence && { occurrence, series, before, wanted, patch };
    return { move, activity, patch, edit };
  };

  const start = async (move: Move) => {
    setMoving(move);
    try {
      const asked = await prepare(move);
      if (!asked) return setMoving(undefined);
      if (!asked.edit?.series && !hasToTell(asked.activity))
        return await send(asked, 'this', false);
      save.reset();
      setQuestion(asked);
      ask.open();
    } catch (error) {
      fail(move, error);
    }
  };

  const answer = async (asked: Question, scope: Scope, isSilent: boolean) => {
    try {
      await send(asked, scope, isSilent);
      ask.close();
    } catch (error) {
      // Then it can be meant otherwise, and the question stays.
      if (isAboutScope(error)) return;
      ask.close();
      fail(asked.move, error);
    }
  };

  const dialog = question && (
    <MoveQuestion
      question={question}
      isOpen={isAsking}
      isPending={save.isPending}
      error={save.error}
      onAnswer={(scope, isSilent) => void answer(question, scope, isSilent)}
      onCancel={() => {
        ask.close();
        setMoving(undefined);
      }}
      onGone={() => {
        setQuestion(undefined);
        onGone();
      }}
    />
  );
  return { moving, onMove: (move: Move) => void start(move), dialog };
}
