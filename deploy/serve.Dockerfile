# gd-serve in a container. From the root of the repository:
#   docker build -f deploy/serve.Dockerfile -t gd-serve .
#   docker run -p 8001:8001 -p 8000:8000 -v "$PWD/models:/models:ro" gd-serve
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish serve -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
USER app
EXPOSE 8000 8001
ENTRYPOINT ["/app/gd-serve", "--repository", "/models", "--grpc", "http://0.0.0.0:8001", "--http", "http://0.0.0.0:8000"]
