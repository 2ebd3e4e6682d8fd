import { useQuery } from '@tanstack/react-query';
import { systemQuery } from '../api/system.ts';
import { system as texts } from '../texts.ts';
import classes from './settings-page.module.css';

/** For admins: where to look when the clocks of a country are not told as they stand. */
export function SystemInfo() {
  const system = useQuery(systemQuery);
  if (!system.data) return null;
  return <p className={classes.footnote}>{texts.zoneData(system.data.zone_data)}</p>;
}
