/** The same time so many calendar months later in UTC; on the last day of a month that is too short for the day. */
export function addMonths (time: Date, months: number): Date {
  const later = new Date(time)
  later.setUTCMonth(time.getUTCMonth() + months)
  // a day that the month does not have is one of the next: its day 0 is the last of the month before
  if (later.getUTCDate() !== time.getUTCDate()) later.setUTCDate(0)
  return later
}
