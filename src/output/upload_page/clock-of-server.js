// The current time by the server's clock, because the computer's clock may be wrong. Until the server has
// answered, the time is 0, so that nothing counts as expired.
let [serverTime, learntAt] = [0, 0];
const now = () => (serverTime === 0 ? 0 : serverTime + performance.now() - learntAt);
const learnTime = (date) => {
  const time = Date.parse(date || "");
  if (!Number.isNaN(time)) { [serverTime, learntAt] = [time, performance.now()]; }
};
// Every answer has a header with the time, even a refusal, so the page requests one byte of itself.
const askTime = async () => {
  try {
    const answer = await fetch(location.href.split("#")[0], { headers: { Range: "bytes=0-0" }, cache: "no-store", credentials: "omit" });
    learnTime(answer.headers.get("date"));
  } catch (error) { /* Without a connection, the next answer gives the time. */ }
};
const timeAsked = askTime();
// The browser's timer may stop while the computer sleeps, so the page asks the server again.
document.addEventListener("visibilitychange", () => { if (!document.hidden) { askTime(); } });
