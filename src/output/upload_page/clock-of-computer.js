// The current time. This page cannot ask the server for the time.
const now = () => Date.now();
