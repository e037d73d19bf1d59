// Keeps the offline page and its data: network first, the kept copy where there is none.
const NAME = "chizheng-offline-1";

self.addEventListener("install", (event) => {
  const files = new URL(self.location).searchParams.get("files").split(",");
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(files)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        if (answer.ok) {
          const copy = answer.clone();
          caches.open(NAME).then((cache) => cache.put(event.request, copy));
        }
        return answer;
      })
      .catch(() => caches.match(event.request, { ignoreVary: true }))
  );
});
