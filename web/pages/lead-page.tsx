import { Button, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { activitiesQuery, occurrencesQuery } from '../api/activities.ts';
import { ApiError } from '../api/client.ts';
import { leadQuery } from '../api/leads.ts';
import { Icon } from '../components/icons.tsx';
import { EmptyState, LoadError, LoadingRows } from '../components/page-states.tsx';
import { common, lead as texts } from '../texts.ts';
import { ConnectionHint } from './connection-hint.tsx';
import { ContactCard } from './contact-card.tsx';
import { DeleteEvent } from './delete-event.tsx';
import { DeletedEvents } from './deleted-events.tsx';
import { useLeadShortcuts } from './lead-shortcuts.ts';
import classes from './lead-page.module.css';
import type { Typed } from './rebase.ts';
import { Timeline } from './timeline.tsx';

/** The form is only fetched by those who open it. */
const EventDrawer = lazy(() =>
  import('./event-drawer.tsx').then((module) => ({ default: module.EventDrawer })),
);

const EventHistory = lazy(() =>
  import('./event-history.tsx').then((module) => ({ default: module.EventHistory })),
);

type Editing = { activity: Activity | undefined; typed?: Typed };

export function LeadPage() {
  const { leadId } = useParams({ from: '/frame/leads/$leadId' });
  const lead = useQuery(leadQuery(leadId));
  const timeline = useQuery(activitiesQuery(leadId));
  const [editing, setEditing] = useState<Editing>();
  const queryClient = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const [deleting, setDeleting] = useState<Activity>();
  const [told, setTold] = useState<Activity>();
  useDocumentTitle(`${lead.data?.name ?? texts.timeline} · ${common.product}`);

  const edit = useCallback((activity: Activity) => setEditing({ activity }), []);
  const newEvent = () => setEditing({ activity: undefined });
  useLeadShortcuts({
    activities: timeline.data?.activities ?? [],
    onNew: lead.data && newEvent,
    onEdit: edit,
    onDelete: setDeleting,
    onHistory: setTold,
  });

  if (lead.error instanceof ApiError && [400, 404].includes(lead.error.status)) {
    return <MissingLead />;
  }
  const reload = async (typed: Typed) => {
    const old = editing?.activity;
    const { data } = await timeline.refetch();
    const newer = old && (await findNewer(queryClient, leadId, old, data?.activities ?? []));
    if (newer) setEditing({ activity: newer, typed });
    return newer !== undefined;
  };
  const seriesOf = (activity: Activity | undefined) =>
    timeline.data?.activities.find(({ id }) => id === activity?.series_id);
  // Where the event's own buttons went with it, the focus stays near.
  const keepFocusNear = () => {
    if (document.activeElement === document.body) heading.current?.focus();
  };
  const forgetDeleted = () => {
    setDeleting(undefined);
    keepFocusNear();
  };
  const forgetEdited = () => {
    setEditing(undefined);
    keepFocusNear();
  };
  return (
    <>
      <BackLink />
      {lead.isError && <LoadError error={lead.error} onRetry={() => void lead.refetch()} />}
      <div className={classes.columns}>
        <div className={classes.contact}>
          {lead.isPending ? <LoadingRows count={1} height={220} /> : null}
          {lead.data && <ContactCard lead={lead.data} />}
        </div>
        <section className={classes.timeline} aria-labelledby="timeline">
          <div className={classes.head}>
            <Title order={2} id="timeline" ref={heading} tabIndex={-1} className={classes.title}>
              {texts.timeline}
            </Title>
            <Button leftSection={<Icon name="plus" />} onClick={newEvent} disabled={!lead.data}>
              {texts.newEvent}
            </Button>
          </div>
          <ConnectionHint />
          {timeline.isPending && <LoadingRows count={3} height={110} />}
          {timeline.isError && (
            <LoadError error={timeline.error} onRetry={() => void timeline.refetch()} />
          )}
          {timeline.data?.activities.length === 0 && (
            <div className={classes.card}>
              <EmptyState icon="calendar" title={texts.emptyTitle} text={texts.emptyText} />
            </div>
          )}
          {timeline.data && timeline.data.activities.length > 0 && (
            <Timeline
              leadId={leadId}
              activities={timeline.data.activities}
              hasEarlier={timeline.data.has_earlier}
              onEdit={edit}
              onDelete={setDeleting}
              onHistory={setTold}
            />
          )}
          {timeline.data && <DeletedEvents leadId={leadId} />}
        </section>
      </div>
      {editing && (
        <Suspense fallback={null}>
          <EventDrawer
            key={keyOf(editing.activity)}
            leadId={leadId}
            activity={editing.activity}
            series={seriesOf(editing.activity)}
            typed={editing.typed}
            onReload={reload}
            onGone={forgetEdited}
          />
        </Suspense>
      )}
      {told && (
        <Suspense fallback={null}>
          <EventHistory activity={told} onGone={() => setTold(undefined)} />
        </Suspense>
      )}
      {deleting && (
        <DeleteEvent activity={deleting} series={seriesOf(deleting)} onGone={forgetDeleted} />
      )}
    </>
  );
}

const keyOf = (activity: Activity | undefined) =>
  `${activity?.id} ${activity?.original_start} ${activity?.version}`;

/** The event as it is now. An occurrence may have become an event of its own. */
async function findNewer(
  queryClient: QueryClient,
  leadId: string,
  { id, series_id, original_start, starts_at }: Activity,
  listed: Activity[],
): Promise<Activity | undefined> {
  if (series_id === null) return listed.find((activity) => activity.id === id);
  const isIt = (one: Activity) =>
    one.series_id === series_id && one.original_start === original_start;
  const own = listed.find(isIt);
  if (own) return own;
  const { activities } = await queryClient.fetchQuery(
    occurrencesQuery(leadId, new Date(starts_at)),
  );
  return activities.find(isIt);
}

function BackLink() {
  return (
    <Link to="/leads" search={{ q: undefined }} className={classes.back}>
      <Icon name="back" size={18} />
      {texts.back}
    </Link>
  );
}

function MissingLead() {
  return (
    <>
      <BackLink />
      <div className={classes.card}>
        <EmptyState order={1} icon="search" title={texts.missingTitle} text={texts.missingText} />
      </div>
    </>
  );
}
