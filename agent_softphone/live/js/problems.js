// What went wrong, in the reader's language: by the error's stable code where we have
// words for it, else the server's own.

import { has, t } from "./i18n.js";

export function problem(error) {
  const key = `error.${error.code}`;
  if (has(key)) return t(key, error.data);
  return [error.message, error.hint].filter(Boolean).join(" ") || t("error.internal");
}
