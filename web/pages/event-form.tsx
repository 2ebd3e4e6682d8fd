import { Button, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMemo, useRef, useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useSaveActivity } from '../api/activities.ts';
import { ApiError, describeError } from '../api/client.ts';
import { focusFirstError } from '../components/focus-first-error.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { ZoneField } from '../components/zone-field.tsx';
import {
  common,
  event as eventTexts,
  eventForm as texts,
  series as seriesTexts,
  showAsWords,
  visibilityWords,
} from '../texts.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { CalendarsField } from './calendars-field.tsx';
import classes from './event-drawer.module.css';
import { GuestsField, useInviter } from './guests-field.tsx';
import {
  type EventValues,
  fieldOf,
  findErrors,
  lengthOf,
  moveStart,
  newEventValues,
  toNewActivity,
  toPatch,
  valuesOf,
} from './event-values.ts';
import { LeadField, useLeadChoice } from './lead-field.tsx';
import { MeanwhileNote } from './meanwhile-note.tsx';
import { rebase, type Typed } from './rebase.ts';
import { RepeatField } from './repeat-field.tsx';
import { isAboutScope, occurrenceOf, type OccurrenceEdit, toChange } from './scope.ts';
import { ScopeDialog } from './scope-dialog.tsx';
import { type Elsewhere, useElsewhere } from './use-elsewhere.ts';
import { WhenFields } from './when-fields.tsx';

interface EventFormProps {
  /** Undefined: a new event's is asked for. */
  leadId: string | undefined;
  activity: Activity | undefined;
  /** Of an occurrence. */
  series: Activity | undefined;
  /** What is known of a new one. */
  begun?: Partial<EventValues> | undefined;
  /** Into the form of an older state of the event. */
  typed?: Typed | undefined;
  /** Opens the form anew on the event as it is now, with what was typed; false: it is gone. */
  onReload: (typed: Typed) => Promise<boolean>;
  onClose: () => void;
}

export function EventForm(props: EventFormProps) {
  const { leadId, activity, series, begun, typed, onReload, onClose } = props;
  const userZone = useViewerZone();
  // The event as it was when the form opened: a later one must not move under the typing hands.
  const [before] = useState(() =>
    activity
      ? valuesOf(activity, userZone, series)
      : { ...newEventValues(new Date(), userZone), ...begun },
  );
  const [version] = useState(activity?.version ?? 0);
  const form = useForm<EventValues>({
    initialValues: typed ? rebase(typed, before) : before,
    validate: findErrors,
  });
  const save = useSaveActivity();
  const lead = useLeadChoice(leadId);
  const { values } = form;
  const isException = activity?.recurrence === null && activity.series_id !== null;
  const inviter = useInviter(activity, values.connectionIds);
  const hasGuests = before.guests !== '' || values.guests.trim() !== '';
  const offered = useMemo(() => [userZone, before.timeZone], [userZone, before.timeZone]);

  const elsewhere = useElsewhere(activity);
  const [isGone, setGone] = useState(false);
  const reload = async () => setGone(!(await onReload({ before, values })));
  const problem = findProblem(save, isGone ? 'gone' : elsewhere);
  const done = () => {
    notifications.show({ message: eventTexts.saved });
    onClose();
  };
  const occurrence = activity && occurrenceOf(activity);
  const [asked, setAsked] = useState<OccurrenceEdit>();
  const [isAsking, ask] = useDisclosure(false);
  const element = useRef<HTMLFormElement>(null);
  // From any field, also from the long ones where Enter is a new line.
  useHotkeys([['mod+Enter', () => !isAsking && element.current?.requestSubmit()]], []);
  const onError = (error: Error) => {
    if (isAboutScope(error)) return;
    ask.close();
    const field = error instanceof ApiError && fieldOf(error.field, values.isAllDay);
    if (field) form.setFieldError(field, describeError(error));
  };
  const submit = form.onSubmit(
    (wanted) => {
      if (!activity) {
        if (lead.id === undefined) return lead.refuse();
        const body = toNewActivity(wanted, lead.id);
        return save.mutate({ kind: 'create', body }, { onSuccess: done, onError });
      }
      const body = toPatch(wanted, before, version);
      if (!body) return onClose();
      if (!occurrence) {
        return save.mutate({ kind: 'update', id: activity.id, body }, { onSuccess: done, onError });
      }
      const edit = { occurrence, series, before, wanted, patch: body };
      if (!series) return save.mutate(toChange(edit, 'this'), { onSuccess: done, onError });
      save.reset();
      setAsked(edit);
      ask.open();
    },
    (errors) => {
      if (!activity && lead.id === undefined) lead.refuse();
      focusFirstError(form, errors);
    },
  );

  return (
    <form className={classes.form} onSubmit={submit} ref={element} noValidate>
      <div className={classes.fields}>
        {typed && activity && !problem && (
          <MeanwhileNote
            typed={typed}
            newer={{ activity, values: before }}
            onDiscard={() => form.setValues(before)}
          />
        )}
        {activity?.recurrence && !occurrence && (
          <Text size="sm" c="dimmed">
            {seriesTexts.wholeNote}
          </Text>
        )}
        <TextInput
          data-autofocus
          label={texts.title}
          maxLength={1024}
          {...form.getInputProps('title')}
        />
        {!activity && leadId === undefined && <LeadField {...lead.field} />}
        <WhenFields
          values={values}
          errors={form.errors}
          canRepeat={!isException}
          onChange={(changed) => {
            form.setValues(changed);
            form.clearErrors();
          }}
        />
        {!values.isAllDay && (
          <ZoneField
            value={values.timeZone}
            onChange={(zone) => form.setFieldValue('timeZone', zone)}
            wanted={offered}
          />
        )}
        {!isException && (
          <RepeatField
            values={values}
            errors={form.errors}
            onChange={(repeat) => {
              form.setValues({ repeat, isRepeatChanged: true });
              form.clearErrors();
            }}
            onMoveStart={(startDate, repeat) => {
              const moved = moveStart(values, { startDate }, lengthOf(values));
              form.setValues({ ...moved, repeat, isRepeatChanged: true });
              form.clearErrors();
            }}
          />
        )}
        <TextInput label={texts.location} maxLength={1024} {...form.getInputProps('location')} />
        <GuestsField form={form} inviter={inviter} hasGuests={hasGuests} />
        <Textarea
          label={texts.notes}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={8192}
          {...form.getInputProps('notes')}
        />
        <div className={classes.pair}>
          <NativeSelect
            label={texts.visibility}
            data={optionsOf(visibilityWords)}
            {...form.getInputProps('visibility')}
          />
          <NativeSelect
            label={texts.showAs}
            data={optionsOf(showAsWords)}
            {...form.getInputProps('showAs')}
          />
        </div>
        {!activity && (
          <CalendarsField
            value={values.connectionIds}
            error={form.errors['connectionIds']}
            onChange={(ids) => form.setFieldValue('connectionIds', ids)}
          />
        )}
      </div>
      <div className={classes.foot}>
        {problem && !isAsking && (
          <div className={classes.problem}>
            <Problem {...problem} onReload={() => void reload()} />
          </div>
        )}
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {common.save}
        </Button>
      </div>
      {asked && (
        <ScopeDialog
          key={String(asked.patch.recurrence === undefined)}
          edit={asked}
          isOpen={isAsking}
          isPending={save.isPending}
          error={save.error}
          onSave={(scope) => save.mutate(toChange(asked, scope), { onSuccess: done, onError })}
          onClose={ask.close}
        />
      )}
    </form>
  );
}

interface ProblemProps {
  text: string;
  isOutdated: boolean;
}

/** What keeps the form from being saved. Its own saving is no change from elsewhere. */
function findProblem(
  { error, isPending, isSuccess }: ReturnType<typeof useSaveActivity>,
  elsewhere: Elsewhere,
): ProblemProps | undefined {
  const isOwn = isPending || isSuccess;
  const isRefused = error instanceof ApiError && error.code === 'activity-changed-meanwhile';
  if (!isOwn && elsewhere === 'gone') return { text: texts.goneMeanwhile, isOutdated: false };
  if (isRefused || (!isOwn && elsewhere === 'changed')) {
    return { text: texts.changedMeanwhile, isOutdated: true };
  }
  return error ? { text: describeError(error), isOutdated: false } : undefined;
}

function Problem({ text, isOutdated, onReload }: ProblemProps & { onReload: () => void }) {
  return (
    <FormProblem text={text}>
      {isOutdated && (
        <Button size="compact-sm" variant="default" onClick={onReload}>
          {texts.showNewer}
        </Button>
      )}
    </FormProblem>
  );
}

function optionsOf(words: Record<string, string>) {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}
