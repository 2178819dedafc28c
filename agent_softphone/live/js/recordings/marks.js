// What one should know of a recording, in words.

import { t } from "../i18n.js";

/** Marks, hold and seal of a row of /api/recordings. */
export function marksOf(one) {
  const marks = one.marks.map((mark) => t(`recordings.mark.${mark}`));
  if (one.held) marks.push(t("recordings.mark.held"));
  if (one.sealed) marks.push(t("recordings.mark.sealed"));
  return marks;
}
