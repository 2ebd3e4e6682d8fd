import type { World } from './world.ts';

/**
 * Every event of a history with its copies, and what became of it when: for who looks for a cause. Of what a
 * copy agreed on its times are told, and what the two sides say differently.
 */
export async function tellEvents({ admin, tenantId }: World): Promise<string[]> {
  const { rows } = await admin.query<Record<'id' | 'about' | 'told' | 'links', string>>(
    `select e.id, concat_ws(' ', e.title, e.start_local, e.start_date, e.original_start, e.status,
         e.deleted_at, e.recurrence::text, 'of', e.series_id) as about,
       (select string_agg(concat_ws(' ', '   ', extract(epoch from h.at) * 1000, h.change,
          case when h.user_id is null then 'by calendar' else 'here' end, h.before::text, '->', h.after::text),
          e'\\n' order by h.at, h.id) from event_history h where h.event_id = e.id) as told,
       (select string_agg(concat_ws(' ', '   ', c.provider, l.external_id, l.state, l.state_reason,
            to_char(l.next_attempt_at, '"due" HH24:MI:SS'), case when l.is_stale then 'stale' end,
            case when l.is_remote_gone then 'gone there' end, 'sent ' || l.sent::text,
            (select string_agg(key || ' ' || value::text, ', ') from jsonb_each(l.base)
               where key in ('when', 'recurrence') or value -> 'local' <> value -> 'remote')), e'\\n')
          from event_links l join calendar_integrations c on c.id = l.connection_id
          where l.event_id = e.id) as links
     from calendar_events e where e.tenant_id = $1 order by e.created_at, e.id`,
    [tenantId],
  );
  return rows.map(({ id, about, told, links }) => [`${id} ${about}`, told, links].join('\n'));
}
