// Start: languages, then the wall if somebody is signed in, else the log-in.

import { api } from "./api.js";
import { onLanguage, startLanguages, t } from "./i18n.js";
import { signIn } from "./signin.js";
import { startClocks } from "./time.js";
import { wall } from "./wall.js";

const root = document.getElementById("root");
let leave = () => {};

function show(screen) {
  leave();
  root.replaceChildren();
  leave = screen(root);
}

function showSignIn(welcome) {
  show((place) => signIn(place, welcome, (me) => showWall(welcome, me)));
}

async function showWall(welcome, me) {
  const codes = await api.codes();
  show((place) => wall(place, { welcome, me, codes, signedOut: () => showSignIn(welcome) }));
}

async function start() {
  await startLanguages();
  const title = () => (document.title = `Parley · ${t("title")}`);
  onLanguage(title);
  title();
  startClocks();
  const welcome = await api.welcome().catch(() => ({ company: {}, languages: [] }));
  const me = await api.me().catch(() => null);
  if (me) await showWall(welcome, me);
  else showSignIn(welcome);
}

start();
