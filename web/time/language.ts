/**
 * The reader's language, as Intl takes it. Chromium where the machine names none calls it
 * `en-US@posix`, which Intl throws at: there it is the one that dates are written in.
 */
export function readLanguage(named: string = navigator.language): string {
  try {
    return new Intl.Locale(named).toString();
  } catch {
    return new Intl.DateTimeFormat().resolvedOptions().locale;
  }
}

type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Which day a week begins with where the reader is, Sunday being 0; Monday where the browser does not know. */
export function findFirstDay(language: string = readLanguage()): Weekday {
  const locale: WithWeek = new Intl.Locale(language);
  const firstDay = (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
  return (firstDay % 7) as Weekday;
}

/** Newer than the library's types; some browsers have the one, some the other, some neither. */
type WithWeek = Intl.Locale & {
  getWeekInfo?: () => { firstDay: number };
  weekInfo?: { firstDay: number };
};
