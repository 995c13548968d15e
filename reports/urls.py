from django.urls import path

from reports import team, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("team/", team.team, name="team"),
    path("reports/", views.reports, name="reports"),
    path("reports/new/", views.new, name="report-new"),
    path("reports/<int:pk>/", views.detail, name="report"),
    path("reports/<int:pk>/retry/", views.retry, name="report-retry"),
    path("reports/<int:pk>/cancel/", views.cancel, name="report-cancel"),
    path("reports/<int:pk>/download/", views.download, name="report-download"),
    path("reports/<int:pk>/download/<str:extension>/", views.download, name="report-file"),
]
