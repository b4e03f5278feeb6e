FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY bin bin
COPY src src
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
ENV PORT=8080
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY bin/liveline.js bin/
COPY assets assets
COPY config config
COPY --from=build /app/dist dist
USER node
EXPOSE 8080
# Without a shell in between, SIGTERM arrives and running calls are ended cleanly.
CMD ["node", "bin/liveline.js", "serve"]
